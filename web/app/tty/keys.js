/**
 * What a key means in a terminal. All that is not named here is the shell's.
 *
 * @typedef {'leave'|'before'|'after'|'search'} ScreenKey for the page
 * @typedef {ScreenKey|'copy'|'literal'|'browser'|''} Meaning
 *   'literal' is ^V for the shell; 'browser' is for whoever else listens: the browser, which pastes, or the page;
 *   '' is for the shell.
 */

/** @type {Record<string, Meaning>} */
const CTRL_SHIFT = { c: 'copy', v: 'browser', f: 'search', ArrowUp: 'leave', ArrowLeft: 'before', ArrowRight: 'after' };

/**
 * @param {Pick<KeyboardEvent, 'key'|'code'|'ctrlKey'|'altKey'|'metaKey'|'shiftKey'>} e
 * @param {{selected: boolean, mac: boolean}} o selected: there is something to copy; mac: ⌘ V pastes, and Ctrl V is free
 * @returns {Meaning}
 */
export function terminalKey(e, { selected, mac }) {
  if (e.key === 'F6') return 'browser';
  if (!e.ctrlKey || e.metaKey) return '';
  const key = letter(e);
  if (e.altKey) return key === 'v' && !e.shiftKey ? 'literal' : '';
  if (e.shiftKey) return CTRL_SHIFT[key] ?? '';
  if (key === 'c' && selected) return 'copy';
  return key === 'v' && !mac ? 'browser' : '';
}

/**
 * The letter by which a shortcut is known: what the key types or, where it
 * types no Latin letter, what it types on an American keyboard.
 *
 * @param {{key: string, code: string}} e
 */
function letter({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return key.length === 1 && /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key;
}
