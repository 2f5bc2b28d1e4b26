import { Terminal } from '@xterm/xterm';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { clipboardText, openLink } from './guards.js';
import { terminalKey } from './keys.js';
import { FONT, LINE_HEIGHT } from './measure.js';
import { cleanPaste } from './paste.js';
import { matchColours, terminalTheme } from './themes.js';

/** How long a size must rest before the shell is told: a dragged divider passes through many. */
const RESIZE_REST_MS = 80;
/** Titles are text for a tab; a longer one is noise. */
const MAX_TITLE = 80;
const MAC = /^(Mac|iP)/.test(navigator.platform);

/**
 * What the screen tells its owner.
 *
 * @typedef {object} Events
 * @property {(data: string|Uint8Array) => void} input what was typed or answered
 * @property {(cols: number, rows: number) => void} resize
 * @property {(title: string) => void} title
 * @property {(text: string) => void} clipboard a program wants text on the clipboard (OSC 52)
 * @property {(key: import('./keys.js').ScreenKey) => void} key a key for the page, not for the shell
 * @property {(i: number, n: number) => void} matches which of how many search matches is shown
 */

/**
 * One terminal on the page: xterm.js with its addons, and the rules of what a
 * terminal may do to the person in front of it. It lives as long as its
 * shell's tab; components lend it a place to be shown.
 */
export class Screen {
  #fit = new FitAddon();
  #search = new SearchAddon();
  #events;
  #observer;
  #element = document.createElement('div');
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #rest;
  #opened = false;
  #wantsFocus = false;

  /**
   * @param {Events} events
   * @param {{label: string, fontSize: number, screenReader: boolean, size: {cols: number, rows: number}}} o
   */
  constructor(events, o) {
    this.#events = events;
    this.term = new Terminal({
      ...o.size,
      allowProposedApi: true, // unicode versions, search decorations
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      fontFamily: FONT,
      fontSize: o.fontSize,
      lineHeight: LINE_HEIGHT,
      linkHandler: { activate: (_, uri) => openLink(uri) },
      minimumContrastRatio: 4.5,
      screenReaderMode: o.screenReader,
      scrollback: 10_000,
      theme: terminalTheme(),
    });
    this.term.loadAddon(this.#fit);
    this.term.loadAddon(this.#search);
    this.term.loadAddon(new Unicode11Addon());
    this.term.unicode.activeVersion = '11';
    this.term.loadAddon(new WebLinksAddon((_, uri) => openLink(uri)));
    this.term.onData((data) => events.input(data));
    this.term.onBinary((data) => events.input(Uint8Array.from(data, (c) => c.charCodeAt(0))));
    this.term.onTitleChange((t) => events.title(t.slice(0, MAX_TITLE)));
    this.term.parser.registerOscHandler(52, (data) => {
      const text = clipboardText(data);
      if (text) events.clipboard(text);
      return true;
    });
    this.term.attachCustomKeyEventHandler((e) => this.#key(e));
    this.#search.onDidChangeResults((r) => events.matches(r.resultIndex + 1, r.resultCount));
    this.#element.className = 'screen';
    this.#element.addEventListener('paste', (e) => this.#paste(e), true);
    this.#observer = new ResizeObserver(() => this.#resized());
    this.label = o.label;
  }

  /**
   * Shows the terminal in that place; takes it away from where it was.
   *
   * @param {HTMLElement} place
   * @returns {() => void} takes it out of the place again
   */
  show(place) {
    place.append(this.#element);
    if (!this.#opened) {
      this.#opened = true;
      this.term.open(this.#element);
      this.term.textarea?.setAttribute('aria-label', this.label);
      // How wide a cell is depends on who paints, so the first fit waits; the observer tells once when it begins.
      void this.#useWebGL().then(() => this.#observer.observe(this.#element));
    } else {
      this.#observer.observe(this.#element);
    }
    if (this.#wantsFocus) this.focus();
    return () => {
      this.#observer.unobserve(this.#element);
      if (this.#element.parentElement === place) this.#element.remove();
    };
  }

  /** Fits the terminal to its place now, if it is in one that is shown. */
  fit() {
    const size = this.#element.offsetWidth > 0 ? this.#fit.proposeDimensions() : undefined;
    if (!size || !Number.isFinite(size.cols) || !Number.isFinite(size.rows) || size.cols < 2 || size.rows < 1) return;
    this.term.resize(size.cols, size.rows);
    this.#events.resize(size.cols, size.rows);
  }

  /** Takes the focus, now or when it is shown. */
  focus() {
    this.#wantsFocus = !this.#element.isConnected;
    this.term.focus();
  }

  /** @param {{fontSize: number, screenReader: boolean}} o */
  configure(o) {
    this.term.options.fontSize = o.fontSize;
    this.term.options.screenReaderMode = o.screenReader;
    this.fit();
  }

  /** Takes the colours of the page's theme. */
  recolour() {
    this.term.options.theme = terminalTheme();
  }

  /**
   * Goes to the next match ('' clears the search).
   *
   * @param {string} text
   * @param {boolean} back
   */
  find(text, back) {
    const { match, current } = matchColours();
    const decorations = {
      matchBackground: match, activeMatchBackground: current, matchOverviewRuler: match, activeMatchColorOverviewRuler: current,
    };
    if (!text) this.#search.clearDecorations();
    else if (back) this.#search.findPrevious(text, { decorations });
    else this.#search.findNext(text, { decorations, incremental: false });
  }

  dispose() {
    clearTimeout(this.#rest);
    this.#observer.disconnect();
    this.#element.remove();
    this.term.dispose();
  }

  #resized() {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.fit(), RESIZE_REST_MS);
  }

  /** Paints with WebGL where that works; xterm.js goes back to the DOM when the context is lost. */
  async #useWebGL() {
    try {
      const probe = document.createElement('canvas').getContext('webgl2');
      if (!probe) return;
      probe.getExtension('WEBGL_lose_context')?.loseContext();
      const { WebglAddon } = await import('@xterm/addon-webgl');
      const gl = new WebglAddon();
      gl.onContextLoss(() => gl.dispose());
      this.term.loadAddon(gl);
    } catch {
      // The DOM renderer is there already.
    }
  }

  /**
   * Keys that belong to the page. Returns false for those that xterm.js must
   * not see.
   *
   * @param {KeyboardEvent} e
   */
  #key(e) {
    if (e.type !== 'keydown') return true;
    const meaning = terminalKey(e, { selected: this.term.hasSelection(), mac: MAC });
    switch (meaning) {
      case '':
        return true;
      case 'browser':
        return false;
      case 'copy':
        return this.#copy(e);
      case 'literal':
        e.preventDefault();
        this.term.input('\x16');
        return false;
      default:
        return this.#tell(e, meaning);
    }
  }

  /**
   * @param {KeyboardEvent} e
   * @param {import('./keys.js').ScreenKey} key
   */
  #tell(e, key) {
    e.preventDefault();
    this.#events.key(key);
    return false;
  }

  /** @param {KeyboardEvent} e */
  #copy(e) {
    e.preventDefault();
    const text = this.term.getSelection();
    if (text) {
      navigator.clipboard?.writeText(text).then(() => this.term.clearSelection(), () => document.execCommand('copy'));
    }
    return false;
  }

  /** @param {ClipboardEvent} e */
  #paste(e) {
    e.preventDefault();
    e.stopPropagation();
    const text = e.clipboardData?.getData('text/plain') ?? '';
    if (text) this.term.paste(cleanPaste(text));
  }
}
