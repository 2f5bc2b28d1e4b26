/**
 * What a lab asks for, and how much of it this learner has done.
 *
 * @typedef {import('./types.js').Lab} Lab
 * @typedef {import('./types.js').Step} Step
 */

/**
 * The checks and questions of a lab, in order.
 *
 * @param {Lab} lab
 */
export function items(lab) {
  return lab.steps.flatMap(stepItems);
}

/**
 * The number by which the page calls a check or question: its place among all.
 *
 * @param {Lab|null} lab
 * @param {string} id
 */
export function itemNumber(lab, id) {
  return (lab ? items(lab).findIndex((i) => i.id === id) : 0) + 1;
}

/** @param {Step} step */
function stepItems(step) {
  return step.blocks.filter((b) => b.kind === 'check' || b.kind === 'question');
}

/** @param {Lab} lab */
export function countDone(lab) {
  return items(lab).filter((i) => lab.passed.includes(i.id)).length;
}

/**
 * A step is done when all that it asks for is; one that asks for nothing is
 * neither done nor open.
 *
 * @param {Lab} lab
 * @param {Step} step
 * @returns {'done'|'open'|'plain'}
 */
export function stepState(lab, step) {
  const asked = stepItems(step);
  if (asked.length === 0) return 'plain';
  return asked.every((i) => lab.passed.includes(i.id)) ? 'done' : 'open';
}

/**
 * Which step an address names; the first for '' and for what is not there.
 *
 * @param {Lab} lab
 * @param {string} id
 */
export function stepIndex(lab, id) {
  return Math.max(0, lab.steps.findIndex((s) => s.id === id));
}

/**
 * The step before or after the one that an address names.
 *
 * @param {Lab} lab
 * @param {string} id
 * @param {-1|1} by
 * @returns {Step|undefined} undefined where the lab begins or ends
 */
export function stepBeside(lab, id, by) {
  return lab.steps[stepIndex(lab, id) + by];
}

/**
 * Whether the end of a sandbox can be moved by more than a moment.
 *
 * @param {import('./types.js').Sandbox|null} sandbox
 */
export function mayExtend(sandbox) {
  return sandbox !== null && Date.parse(sandbox.latest) - Date.parse(sandbox.expires) > 1000;
}

/**
 * A span of time as a clock shows it: "1:02:05", "12:40".
 *
 * @param {number} ms
 */
export function clockTime(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  return h > 0 ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
