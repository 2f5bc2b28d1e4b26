/**
 * Which keys are the page's own, and what they mean. Keys in a terminal are in
 * tty/keys.js.
 *
 * @typedef {Pick<KeyboardEvent, 'key'|'code'|'ctrlKey'|'altKey'|'metaKey'|'shiftKey'|'target'>} Key
 */

/**
 * What a key does everywhere on the page.
 *
 * @param {Key} e
 * @returns {'region-after'|'region-before'|'sheet'|'terminal'|''} '' for nothing
 */
export function pageKey(e) {
  if (e.key === 'F6') return e.shiftKey ? 'region-before' : 'region-after';
  if (e.key === '?' && !e.ctrlKey && !e.altKey && !e.metaKey && !isField(e.target)) return 'sheet';
  // A field of one line has no use for it, and is where the focus stays after an answer.
  if (e.key === 'ArrowDown' && e.ctrlKey && e.shiftKey && (!isField(e.target) || isLine(e.target))) return 'terminal';
  return '';
}

/**
 * By how many steps a key in the lesson goes on.
 *
 * @param {Key} e
 * @returns {-1|0|1}
 */
export function stepKey(e) {
  if (e.ctrlKey || e.altKey || e.metaKey || isField(e.target)) return 0;
  return e.key === 'n' ? 1 : e.key === 'p' ? -1 : 0;
}

/** Whether keys are typed into it. @param {EventTarget|null} target */
function isField(target) {
  return target instanceof HTMLElement && (target.matches('input, textarea, select, [contenteditable]') || target.closest('.screen') !== null);
}

/** @param {EventTarget|null} target */
function isLine(target) {
  return target instanceof HTMLElement && target.matches('input');
}
