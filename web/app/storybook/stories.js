import { cards, lab, sandbox, snapshot } from './fixtures.js';

/**
 * Every state of the page that is worth a look, told as the events that lead
 * to it.
 *
 * @typedef {import('../state/reduce.js').Event} Event
 * @typedef {{name: string, title: string, events: Event[]}} Story
 */

const HOUR = 3_600_000;
const soon = (/** @type {number} */ ms) => new Date(Date.now() + ms).toISOString();

/** A sandbox whose clock runs now. @param {number} left @param {number} more */
const running = (left = HOUR, more = HOUR) => ({ ...sandbox, expires: soon(left), latest: soon(left + more) });

const problem = (/** @type {number} */ status, /** @type {string} */ code, /** @type {string} */ detail) => ({ status, code, detail, retryAfter: 0 });

/** @param {string} step @param {Event[]} more @returns {Event[]} */
const lesson = (step, ...more) => [
  { type: 'route', route: { name: 'lab', lab: 'uts', sandbox: 'box', step } },
  { type: 'lab', lab },
  { type: 'sandbox', sandbox: running() },
  { type: 'snapshot', snapshot },
  ...(/** @type {Event[]} */ (['s1', 's2'].map((shell) => ({ type: 'tty', shell, tty: { link: { state: 'open', retryAt: 0, tries: 0 } } })))),
  ...more,
];

const check = { id: 'uts-new', met: true, passed: true, saw: 'your shell: uts 4026532201, the lab: 4026531838', hints: [] };

/** @type {Story[]} */
export const stories = [
  { name: 'catalogue', title: 'Catalogue', events: [{ type: 'catalogue', labs: cards, tracks: [{ id: 'first-steps', title: 'First steps' }], running: [{ ...sandbox, lab: '' }, sandbox] }] },
  { name: 'catalogue-empty', title: 'Catalogue without labs', events: [{ type: 'catalogue', labs: [], tracks: [], running: [] }] },
  { name: 'catalogue-loading', title: 'Catalogue on its way', events: [] },
  { name: 'catalogue-failed', title: 'Server not reached', events: [{ type: 'catalogue-failed', problem: problem(0, 'unreachable', 'The server cannot be reached. Is nslab still running?') }] },
  { name: 'unauthorised', title: 'No token', events: [{ type: 'catalogue-failed', problem: problem(401, 'no-token', '') }] },
  { name: 'missing', title: 'No such page', events: [{ type: 'route', route: { name: 'missing' } }] },
  { name: 'step-number', title: 'A question for a number', events: lesson('step-1') },
  { name: 'answer-wrong', title: 'Answered wrongly', events: lesson('step-1', { type: 'answer', answer: { question: 'q1', answer: '1', correct: false, tries: 2, explain: '<p>Read the number in brackets.</p>' } }) },
  { name: 'answer-right', title: 'Answered correctly', events: lesson('step-1', { type: 'answer', answer: { question: 'q1', answer: '4026531838', correct: true, tries: 3, explain: '<p>Same inode, same namespace.</p>' } }) },
  { name: 'check-open', title: 'Exercises, open', events: lesson('step-2') },
  { name: 'check-hints', title: 'Hints shown, mistake noticed', events: lesson('step-2', { type: 'reveal', item: 'uts-new', count: 2 }, { type: 'check', check: { ...check, met: false, passed: false, hints: ['<p>The <em>lab’s</em> host name changed: your shell is not in a namespace of its own.</p>'] } }) },
  { name: 'check-done', title: 'Exercise done', events: lesson('step-2', { type: 'check', check }) },
  { name: 'check-lost', title: 'It held, and no longer does', events: lesson('step-2', { type: 'check', check }, { type: 'check', check: { id: 'uts-name', met: false, passed: true, saw: 'host name: "lab"', hints: [] } }) },
  { name: 'last-step', title: 'The end of a lab', events: lesson('step-3', { type: 'lab', lab: { ...lab, passed: ['q1', 'uts-new', 'uts-name', 'q2'] } }) },
  { name: 'lint', title: 'A saved change has a mistake', events: lesson('step-1', { type: 'lab-error', error: { file: 'lab.md', line: 12, column: 9, text: 'met: shel("one").ns("uts")', message: 'There is no function "shel".', fix: 'Did you mean "shell"?' } }) },
  { name: 'split', title: 'Terminals side by side', events: lesson('step-1', { type: 'settings', settings: { layout: 'split' } }) },
  { name: 'exit', title: 'A shell has ended', events: lesson('step-1', { type: 'tty', shell: 's1', tty: { exit: { code: 137, signal: 'SIGKILL' } } }) },
  { name: 'clipboard', title: 'A program wants the clipboard', events: lesson('step-1', { type: 'tty', shell: 's1', tty: { clipboard: 'text' } }) },
  { name: 'lost', title: 'Connection lost', events: lesson('step-1', { type: 'events-link', link: { state: 'lost', retryAt: Date.now() + 12_000, tries: 4 } }, { type: 'tty', shell: 's1', tty: { link: { state: 'lost', retryAt: Date.now() + 12_000, tries: 4 } } }) },
  { name: 'clock', title: 'Five minutes left', events: lesson('step-1', { type: 'sandbox', sandbox: running(290_000) }) },
  { name: 'clock-last', title: 'Five minutes left, no more to be had', events: lesson('step-1', { type: 'sandbox', sandbox: running(290_000, 0) }) },
  { name: 'notice', title: 'A limit struck', events: lesson('step-1', { type: 'notice', text: 'The sandbox’s memory is full: the kernel ended a process.' }) },
  { name: 'starting', title: 'Starting', events: [...lesson('step-1'), { type: 'starting' }] },
  { name: 'queued', title: 'No capacity', events: [...lesson('step-1'), { type: 'starting' }, { type: 'queued', problem: problem(503, 'no-capacity', 'All 20 sandboxes of this server are taken.'), retryAt: Date.now() + 17_000 }] },
  { name: 'start-failed', title: 'Could not start', events: [...lesson('step-1'), { type: 'starting' }, { type: 'start-failed', problem: problem(500, 'internal', 'The sandbox could not be booted. The server’s log says why.') }] },
  ...(/** @type {const} */ (['deleted', 'idle', 'lifetime', 'killed', 'server', 'failed'])).map((reason) => ({
    name: `ended-${reason}`, title: `Ended: ${reason}`, events: lesson('step-1', { type: 'ended', ended: { reason, detail: 'One sentence of the server about it.' } }),
  })),
  { name: 'no-lab', title: 'No such lab', events: [{ type: 'route', route: { name: 'lab', lab: 'utz', sandbox: '', step: '' } }, { type: 'lab-failed', problem: problem(404, 'no-such-lab', 'There is no lab "utz". GET /api/labs lists those that there are.') }] },
  { name: 'plain', title: 'Just a shell', events: [...lesson(''), { type: 'route', route: { name: 'shell', sandbox: 'box' } }] },
  { name: 'keys', title: 'Keys', events: lesson('step-1', { type: 'sheet', sheet: 'keys' }) },
  { name: 'reset', title: 'Before a reset', events: lesson('step-1', { type: 'sheet', sheet: 'reset' }) },
];
