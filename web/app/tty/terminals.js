import { TtyLink } from './link.js';
import { Screen } from './screen.js';

/**
 * All terminals of the page, by shell: the screens and their connections.
 * They outlive the components that show them, so that a tab that is hidden or
 * moved keeps what it shows.
 *
 * @typedef {import('../state/store.js').Store} Store
 * @typedef {import('./keys.js').ScreenKey} ScreenKey
 */
export class Terminals {
  #store;
  /** @type {Map<string, {screen: Screen, link: TtyLink|null}>} */
  #all = new Map();
  #onKey;
  #onMatches;

  /**
   * @param {Store} store
   * @param {{key: (shell: string, key: ScreenKey) => void, matches: (i: number, n: number) => void}} on
   */
  constructor(store, on) {
    this.#store = store;
    this.#onKey = on.key;
    this.#onMatches = on.matches;
    addEventListener('focus', () => this.#tellSizes());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.recolour());
  }

  /**
   * Makes the terminal of a shell, connected to url; does nothing when it is
   * there. Without a url it only shows what is written to its screen.
   *
   * @param {import('../state/types.js').Shell} shell
   * @param {string} label for screen readers
   * @param {{cols: number, rows: number}} size until it is shown
   * @param {string} [url]
   * @returns {Screen}
   */
  open(shell, label, size, url) {
    const known = this.#all.get(shell.id);
    if (known) return known.screen;
    const { settings } = this.#store.get();
    /** @param {Partial<import('../state/types.js').Tty>} tty */
    const update = (tty) => this.#store.dispatch({ type: 'tty', shell: shell.id, tty });
    /** @type {{screen: Screen, link: TtyLink|null}} */
    const entry = { link: null, screen: new Screen({
      input: (data) => entry.link?.input(data),
      // In a window that nobody looks at the size is kept back until somebody does: the one who types sets it.
      resize: (cols, rows) => { if (document.hasFocus() || !entry.link?.open) entry.link?.resize(cols, rows); },
      title: (title) => update({ title }),
      clipboard: (text) => { if (!entry.link?.replaying) this.#clipboard(shell.id, text); },
      key: (key) => this.#onKey(shell.id, key),
      matches: this.#onMatches,
    }, { label, fontSize: settings.fontSize, screenReader: settings.screenReader, size }) };
    this.#all.set(shell.id, entry);
    if (url) {
      entry.link = new TtyLink({
        url,
        sink: { write: (data, parsed) => entry.screen.term.write(data, parsed) },
        onLink: (link) => {
          entry.screen.term.options.disableStdin = link.state !== 'open';
          update({ link });
        },
        onExit: (exit) => update({ exit }),
      });
    }
    return entry.screen;
  }

  /** @param {string} shell */
  screen(shell) {
    return this.#all.get(shell)?.screen;
  }

  /**
   * Types keys into a shell.
   *
   * @param {string} shell
   * @param {string} keys the bytes of pressing them
   * @param {boolean} focus whether the terminal takes the focus
   * @returns {boolean} whether the shell could be typed into
   */
  type(shell, keys, focus) {
    const t = this.#all.get(shell);
    if (!t?.link?.open || t.link.replaying) return false;
    t.link.input(keys);
    t.screen.term.scrollToBottom();
    if (focus) t.screen.focus();
    return true;
  }

  /** @param {string} shell */
  retryNow(shell) {
    this.#all.get(shell)?.link?.retryNow();
  }

  /** Takes over the settings: size of text, screen reader mode. */
  configure() {
    const { settings } = this.#store.get();
    for (const t of this.#all.values()) t.screen.configure(settings);
  }

  recolour() {
    for (const t of this.#all.values()) t.screen.recolour();
  }

  /** Ends all connections and keeps the screens, so that what they show can still be read and copied. */
  disconnect() {
    for (const t of this.#all.values()) t.link?.stop();
  }

  /** @param {string} shell */
  close(shell) {
    const t = this.#all.get(shell);
    t?.link?.stop();
    t?.screen.dispose();
    this.#all.delete(shell);
  }

  closeAll() {
    for (const id of [...this.#all.keys()]) this.close(id);
  }

  #tellSizes() {
    for (const t of this.#all.values()) t.screen.fit();
  }

  /**
   * @param {string} shell
   * @param {string} text
   */
  #clipboard(shell, text) {
    if (this.#store.get().settings.clipboard) void navigator.clipboard?.writeText(text).catch(() => {});
    else this.#store.dispatch({ type: 'tty', shell, tty: { clipboard: text } });
  }
}
