/**
 * Every event that can change the page's state, and what it changes. Pure.
 *
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Sandbox} Sandbox
 * @typedef {import('./types.js').CheckState} CheckState
 * @typedef {import('./types.js').Problem} Problem
 *
 * @typedef {(
 *   | {type: 'route', route: import('./types.js').Route}
 *   | {type: 'catalogue', labs: import('./types.js').LabCard[], tracks: import('./types.js').Track[], running: Sandbox[]}
 *   | {type: 'catalogue-failed', problem: Problem}
 *   | {type: 'lab-loading'}
 *   | {type: 'lab', lab: import('./types.js').Lab}
 *   | {type: 'lab-failed', problem: Problem}
 *   | {type: 'lab-error', error: import('./types.js').LintError|null}
 *   | {type: 'starting'}
 *   | {type: 'queued', problem: Problem, retryAt: number}
 *   | {type: 'start-failed', problem: Problem}
 *   | {type: 'left'}
 *   | {type: 'sandbox', sandbox: Sandbox}
 *   | {type: 'check', check: CheckState}
 *   | {type: 'answer', answer: import('./types.js').AnswerState}
 *   | {type: 'snapshot', snapshot: import('./types.js').Snapshot}
 *   | {type: 'ended', ended: import('./types.js').Ended}
 *   | {type: 'shell', shell: import('./types.js').Shell}
 *   | {type: 'events-link', link: import('./types.js').Link}
 *   | {type: 'tty', shell: string, tty: Partial<import('./types.js').Tty>}
 *   | {type: 'reveal', item: string, count: number}
 *   | {type: 'activate', shell: string}
 *   | {type: 'hide', shell: string}
 *   | {type: 'pane', pane: 'lesson'|'terminal'}
 *   | {type: 'sheet', sheet: State['sheet']}
 *   | {type: 'notice', text: string, expires?: string}
 *   | {type: 'dismiss', id: number}
 *   | {type: 'say', text: string}
 *   | {type: 'busy', what: string, busy: boolean}
 *   | {type: 'settings', settings: Partial<import('./types.js').Settings>}
 * )} Event
 */

import { words } from '../../words.js';
import { CLOSED, NEW_TTY, NO_LIFE, NO_SANDBOX } from './initial.js';
import { place } from './places.js';

/** At most so many notices are kept: older ones say nothing that matters now. */
const MAX_NOTICES = 3;

/**
 * @param {State} s
 * @param {Event} e
 * @returns {State}
 */
export function reduce(s, e) {
  switch (e.type) {
    case 'route':
      return { ...s, route: e.route, sheet: '' };
    case 'catalogue':
      return { ...s, catalogue: { status: 'ready', labs: e.labs, tracks: e.tracks, running: e.running, problem: null } };
    case 'catalogue-failed':
      return { ...s, catalogue: { ...s.catalogue, status: 'failed', problem: e.problem } };
    case 'lab-loading':
      return { ...s, lesson: { status: 'loading', lab: null, problem: null }, revealed: {}, pane: 'lesson' };
    case 'lab':
      return withPassed({ ...s, lesson: { status: 'ready', lab: e.lab, problem: null } });
    case 'lab-failed':
      return { ...s, lesson: { status: 'failed', lab: null, problem: e.problem } };
    case 'lab-error':
      return s.lesson.lab ? { ...s, lesson: { ...s.lesson, lab: { ...s.lesson.lab, error: e.error } } } : s;

    case 'starting':
      return { ...s, ...NO_SANDBOX, life: { ...NO_LIFE, status: 'starting' } };
    case 'queued':
      return { ...s, life: { ...NO_LIFE, status: 'queued', problem: e.problem, retryAt: e.retryAt } };
    case 'start-failed':
      return { ...s, life: { ...NO_LIFE, status: 'failed', problem: e.problem } };
    case 'left':
      return { ...s, ...NO_SANDBOX };
    case 'sandbox':
      return withSandbox(s, e.sandbox);
    case 'check':
      return withCheck(s, e.check);
    case 'answer':
      return withAnswer(s, e.answer);
    case 'snapshot':
      return { ...s, snapshot: e.snapshot, places: place(s.places, e.snapshot) };
    case 'ended':
      return ended(s, e.ended);
    case 'shell':
      return withShell(s, e.shell);

    case 'events-link':
      return { ...s, events: e.link };
    case 'tty':
      return { ...s, ttys: { ...s.ttys, [e.shell]: { ...(s.ttys[e.shell] ?? NEW_TTY), ...e.tty } } };
    case 'reveal':
      return { ...s, revealed: { ...s.revealed, [e.item]: e.count } };
    case 'activate':
      return { ...s, active: e.shell };
    case 'hide':
      return hide(s, e.shell);
    case 'pane':
      return { ...s, pane: e.pane };
    case 'sheet':
      return { ...s, sheet: e.sheet };
    case 'notice': {
      const id = (s.notices.at(-1)?.id ?? 0) + 1;
      return say({ ...s, notices: [...s.notices, { id, text: e.text, expires: e.expires ?? '' }].slice(-MAX_NOTICES) }, e.text);
    }
    case 'dismiss':
      return { ...s, notices: s.notices.filter((n) => n.id !== e.id) };
    case 'say':
      return say(s, e.text);
    case 'busy':
      return { ...s, busy: { ...s.busy, [e.what]: e.busy } };
    case 'settings':
      return { ...s, settings: { ...s.settings, ...e.settings } };
  }
}

/**
 * @param {State} s
 * @param {Sandbox} next
 * @returns {State}
 */
function withSandbox(s, next) {
  const same = s.sandbox?.id === next.id;
  /** @type {State} */
  let out = {
    ...s,
    ...(same ? {} : NO_SANDBOX),
    notices: s.notices.filter((n) => !n.expires || n.expires === next.expires),
    sandbox: same ? { ...next, answers: withExplanations(s, next) } : next,
    life: { status: 'running', retryAt: 0, problem: null, ended: null },
  };
  if (same && s.sandbox) {
    for (const c of next.checks) out = turned(out, s.sandbox.checks.find((x) => x.id === c.id), c);
  }
  if (!next.shells.some((sh) => sh.id === out.active && !out.hidden.includes(sh.id))) {
    out = { ...out, active: next.shells.find((sh) => !sh.exit)?.id ?? next.shells[0]?.id ?? '' };
  }
  out = withPassed(out);
  return next.ended ? ended(out, next.ended) : out;
}

/**
 * Explanations come with the reply to an answer alone; keep the ones we have.
 *
 * @param {State} s
 * @param {Sandbox} next
 */
function withExplanations(s, next) {
  return next.answers.map((a) => (a.explain ? a : { ...a, explain: s.explained[a.question] }));
}

/**
 * @param {State} s
 * @param {CheckState} check
 * @returns {State}
 */
function withCheck(s, check) {
  if (!s.sandbox) return s;
  const old = s.sandbox.checks.find((c) => c.id === check.id);
  const checks = old ? s.sandbox.checks.map((c) => (c.id === check.id ? check : c)) : [...s.sandbox.checks, check];
  return turned({ ...s, sandbox: { ...s.sandbox, checks } }, old, check);
}

/**
 * Notes that a check turned: marks it fresh, says so to screen readers, keeps
 * the progress of the lab.
 *
 * @param {State} s
 * @param {CheckState|undefined} old
 * @param {CheckState} now
 * @returns {State}
 */
function turned(s, old, now) {
  if (!old) return s;
  if (now.met && !old.met && (!old.passed || now.passed)) {
    const out = say({ ...s, fresh: { ...s.fresh, [now.id]: true } }, words.check.saidMet(now.saw));
    return now.passed ? passed(out, now.id) : out;
  }
  if (now.passed && !old.passed) return passed(say(s, words.check.saidMet(now.saw)), now.id);
  if (!now.met && old.met && old.passed && !now.passed) return say(s, words.check.saidLost(now.saw));
  return s;
}

/**
 * The lab and the sandbox may come in either order; what was passed in the
 * sandbox is passed in the lab.
 *
 * @param {State} s
 * @returns {State}
 */
function withPassed(s) {
  const done = [
    ...(s.sandbox?.checks ?? []).filter((c) => c.passed).map((c) => c.id),
    ...(s.sandbox?.answers ?? []).filter((a) => a.correct).map((a) => a.question),
  ];
  return done.reduce(passed, s);
}

/**
 * @param {State} s
 * @param {string} item
 * @returns {State}
 */
function passed(s, item) {
  const lab = s.lesson.lab;
  if (!lab || lab.passed.includes(item)) return s;
  return { ...s, lesson: { ...s.lesson, lab: { ...lab, passed: [...lab.passed, item] } } };
}

/**
 * @param {State} s
 * @param {import('./types.js').AnswerState} answer
 * @returns {State}
 */
function withAnswer(s, answer) {
  if (!s.sandbox) return s;
  const answers = [...s.sandbox.answers.filter((a) => a.question !== answer.question), answer];
  const explained = answer.explain ? { ...s.explained, [answer.question]: answer.explain } : s.explained;
  const out = say({ ...s, explained, sandbox: { ...s.sandbox, answers } },
    answer.correct ? words.question.right : words.question.wrong);
  return answer.correct ? passed(out, answer.question) : out;
}

/**
 * @param {State} s
 * @param {import('./types.js').Ended} why
 * @returns {State}
 */
function ended(s, why) {
  return say(
    {
      ...s,
      life: { status: 'ended', retryAt: 0, problem: null, ended: why },
      events: CLOSED,
      notices: s.notices.filter((n) => !n.expires),
    },
    words.ended.title(why.reason),
  );
}

/**
 * @param {State} s
 * @param {import('./types.js').Shell} shell
 * @returns {State}
 */
function withShell(s, shell) {
  if (!s.sandbox) return s;
  const known = s.sandbox.shells.some((x) => x.id === shell.id);
  const shells = known ? s.sandbox.shells : [...s.sandbox.shells, shell];
  return { ...s, sandbox: { ...s.sandbox, shells }, active: shell.id };
}

/**
 * @param {State} s
 * @param {string} shell
 * @returns {State}
 */
function hide(s, shell) {
  const hidden = [...s.hidden, shell];
  const left = (s.sandbox?.shells ?? []).filter((x) => !hidden.includes(x.id));
  const active = s.active === shell ? (left.at(-1)?.id ?? '') : s.active;
  return { ...s, hidden, active };
}

/**
 * @param {State} s
 * @param {string} text
 * @returns {State}
 */
function say(s, text) {
  return { ...s, said: { id: s.said.id + 1, text } };
}
