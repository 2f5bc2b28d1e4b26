/**
 * The shapes that travel between the server, the store and the components.
 * The first half is docs/api.md; the second is the page's own.
 *
 * @typedef {'mnt'|'uts'|'ipc'|'pid'|'net'|'user'|'cgroup'|'time'} NSType
 *
 * @typedef {{id: string, title: string, summary: string, minutes: number, track: string, prerequisites: string[],
 *   namespaces: NSType[], items: number, passed: number, broken: boolean}} LabCard
 * @typedef {{id: string, title: string}} Track
 *
 * @typedef {{kind: 'prose', html: string}} Prose
 * @typedef {{kind: 'command', id: string, shell: string, text: string, html: string}} Command
 * @typedef {{kind: 'question', id: string, answer: 'single'|'several'|'text'|'number', html: string,
 *   choices?: {id: string, html: string}[]}} Question
 * @typedef {{kind: 'check', id: string, html: string, holds: boolean, hints: string[],
 *   solution: {shell: string, text: string}[]}} Check
 * @typedef {Prose|Command|Question|Check} Block
 * @typedef {{id: string, title: string, blocks: Block[]}} Step
 * @typedef {{file: string, line: number, column: number, text: string, message: string, fix: string}} LintError
 * @typedef {{id: string, title: string, summary: string, minutes: number, track: string, prerequisites: string[],
 *   namespaces: NSType[], shells: {title: string, namespaces: NSType[]}[], version: string, error: LintError|null,
 *   passed: string[], next: string, steps: Step[]}} Lab
 *
 * @typedef {{code: number, signal?: string}} Exit
 * @typedef {{id: string, title: string, namespaces: NSType[], pid: number, exit: Exit|null}} Shell
 * @typedef {{id: string, met: boolean, passed: boolean, saw: string, hints: string[]}} CheckState
 * @typedef {{question: string, answer: string, correct: boolean, tries: number, explain?: string}} AnswerState
 * @typedef {{shell: string, text: string, keys: string}} Line
 *   keys is what typing the line sends: text and Enter, or one key such as ^C.
 * @typedef {{reason: 'deleted'|'idle'|'lifetime'|'killed'|'server'|'failed', detail: string}} Ended
 * @typedef {{id: string, lab: string, shells: Shell[], started: string, expires: string, latest: string,
 *   checks: CheckState[], answers: AnswerState[], ended: Ended|null}} Sandbox
 *
 * @typedef {{pid: number, ppid: number, start: number, comm: string, state: string, shell?: string,
 *   ns: Partial<Record<NSType, number>>}} Process
 * @typedef {{type: NSType, inode: number, id?: number}} Namespace
 * @typedef {{processes: Process[], namespaces: Namespace[], shells: {id: string, pid: number, alive: boolean}[],
 *   sandbox: Partial<Record<NSType, number>>}} Snapshot
 *
 * @typedef {{status: number, code: string, detail: string, retryAfter: number}} Problem
 *   status is 0 when the server could not be reached; retryAfter is in seconds, 0 when the server named none.
 *
 * @typedef {{name: 'catalogue'} | {name: 'lab', lab: string, sandbox: string, step: string} |
 *   {name: 'shell', sandbox: string} | {name: 'storybook', story: string} | {name: 'missing'}} Route
 *
 * @typedef {{state: 'connecting'|'open'|'lost'|'closed', retryAt: number, tries: number}} Link
 *   retryAt is in milliseconds since the epoch, 0 when no try is planned.
 * @typedef {{link: Link, title: string, exit: Exit|null, clipboard: string}} Tty
 *   clipboard is what a program wants to write there and the learner has not yet allowed.
 *
 * @typedef {{status: 'none'|'starting'|'queued'|'running'|'ended'|'failed', retryAt: number, problem: Problem|null,
 *   ended: Ended|null}} Life
 *
 * @typedef {{theme: 'system'|'light'|'dark', fontSize: number, screenReader: boolean, split: number,
 *   layout: 'tabs'|'split', clipboard: boolean}} Settings
 *   split is the lesson's share of the width, in per cent.
 *
 * @typedef {{id: number, text: string, expires: string}} Notice
 *   expires is set for a warning about that end of the sandbox: it goes when the end moves.
 *
 * @typedef {{
 *   route: Route,
 *   catalogue: {status: 'loading'|'ready'|'failed', labs: LabCard[], tracks: Track[], running: Sandbox[], problem: Problem|null},
 *   lesson: {status: 'none'|'loading'|'ready'|'failed', lab: Lab|null, problem: Problem|null},
 *   life: Life,
 *   sandbox: Sandbox|null,
 *   events: Link,
 *   ttys: Record<string, Tty>,
 *   snapshot: Snapshot|null,
 *   places: import('./places.js').Places,
 *   fresh: Record<string, boolean>,
 *   explained: Record<string, string>,
 *   revealed: Record<string, number>,
 *   active: string,
 *   hidden: string[],
 *   pane: 'lesson'|'terminal',
 *   sheet: ''|'keys'|'end'|'reset',
 *   notices: Notice[],
 *   said: {id: number, text: string},
 *   busy: Record<string, boolean>,
 *   settings: Settings,
 * }} State
 */

export {};
