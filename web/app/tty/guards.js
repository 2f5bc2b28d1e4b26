/** What a program may put on the clipboard at once, in characters of base64. */
const MAX_CLIPBOARD = 1 << 20;

/**
 * The text that an OSC 52 sequence wants to write to the clipboard; '' for one
 * that would read it, which is never answered, and for what makes no sense.
 *
 * @param {string} data "c;<base64>" or "c;?"
 * @returns {string}
 */
export function clipboardText(data) {
  const encoded = data.slice(data.indexOf(';') + 1);
  if (encoded === '?' || encoded.length > MAX_CLIPBOARD) return '';
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0)));
  } catch {
    return ''; // not base64
  }
}

/**
 * The address to open for a link that the terminal shows, if it is of the web:
 * a program writes links, and must not make the browser open anything else.
 *
 * @param {string} uri
 * @returns {string} '' for every other kind
 */
export function webAddress(uri) {
  const url = URL.canParse(uri) ? new URL(uri) : null;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : '';
}

/**
 * Opens a link that the terminal showed, in a tab that knows nothing of ours.
 *
 * @param {string} uri
 */
export function openLink(uri) {
  const address = webAddress(uri);
  if (address) window.open(address, '_blank', 'noopener,noreferrer');
}
