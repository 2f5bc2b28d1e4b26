/**
 * Lets xterm.js make its style elements under the page's content security
 * policy: gives each the page's nonce. xterm.js measures and colours through
 * them and has no option for a nonce.
 *
 * What this opens is small: who can call createElement can run scripts already.
 */
export function allowStyles() {
  const nonce = document.querySelector('script[nonce]');
  if (!(nonce instanceof HTMLElement) || !nonce.nonce) return;
  const value = nonce.nonce;
  const create = document.createElement.bind(document);
  /** @param {string} name @param {ElementCreationOptions} [options] */
  document.createElement = (/** @type {any} */ name, /** @type {any} */ options) => {
    const el = create(name, options);
    if (el instanceof HTMLStyleElement) el.nonce = value;
    return el;
  };
}
