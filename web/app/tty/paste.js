/**
 * Makes text from the clipboard fit to be pasted: it must not be able to end
 * its own bracket (ESC [ 201 ~), nor to press keys. ESC and all other control
 * characters go, the eight-bit ones too; tab and line ends stay.
 *
 * @param {string} text
 * @returns {string}
 */
export function cleanPaste(text) {
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '');
}

/**
 * What the copy button puts on the clipboard: never a newline at the end, so
 * that a paste alone runs nothing.
 *
 * @param {string} text
 * @returns {string}
 */
export function copyText(text) {
  return text.replace(/[\r\n]+$/, '');
}
