import { words } from '../words.js';
import { LiveSandbox, problemOf } from './live-sandbox.js';
import { Shells } from './shells.js';
import { saveSettings } from './settings.js';
import { stepBeside } from './state/progress.js';
import { parseRoute, routePath } from './state/route.js';
import { Terminals } from './tty/terminals.js';

/**
 * What the page can do: every action that a component may ask for. Components
 * get this object and the state, and nothing else.
 *
 * @typedef {import('./state/types.js').Route} Route
 */
export class Page {
  #store;
  #api;

  /**
   * @param {import('./state/store.js').Store} store
   * @param {import('./api.js').Api} api
   * @param {string} base
   */
  constructor(store, api, base) {
    this.#store = store;
    this.#api = api;
    this.base = base;
    this.terminals = new Terminals(store, {
      key: (shell, key) => this.onTerminalKey?.(shell, key),
      matches: (i, n) => this.onMatches?.(i, n),
    });
    this.sandbox = new LiveSandbox(store, api, this.terminals, {
      started: (id) => this.#remember(id),
      lab: (lab) => void this.#labChanged(lab),
    });
    this.shells = new Shells(store, api, this.terminals, this.sandbox);
    /** Set by the terminal pane while it is there. @type {((shell: string, key: import('./tty/keys.js').ScreenKey) => void)|null} */
    this.onTerminalKey = null;
    /** Set by the search bar while it is open. @type {((i: number, n: number) => void)|null} */
    this.onMatches = null;
  }

  /** The server's clock in milliseconds. */
  now() {
    return this.#api.now();
  }

  /** Goes where the address says. Called at the start and when the address changes. */
  open() {
    const route = parseRoute(location.pathname, location.search, location.hash, this.base);
    const before = this.#store.get().route;
    this.#store.dispatch({ type: 'route', route });
    if (route.name === 'catalogue') {
      this.sandbox.leave();
      void this.#readCatalogue();
    } else if (route.name === 'lab') {
      const { lesson, sandbox, life } = this.#store.get();
      const sameLab = before.name === 'lab' && before.lab === route.lab && lesson.status !== 'none';
      if (!sameLab) void this.#readLab(route.lab);
      if (!sameLab) void this.sandbox.enter({ lab: route.lab }, route.sandbox);
      else if (sandbox && life.status === 'running') this.#remember(sandbox.id); // an older entry may name one that was reset
    } else if (route.name === 'shell') {
      const { namespaces } = history.state ?? {};
      void this.sandbox.enter({ namespaces: Array.isArray(namespaces) ? namespaces : [] }, route.sandbox);
    } else {
      this.sandbox.leave();
    }
  }

  /**
   * Goes to another place of the page.
   *
   * @param {Route} route
   * @param {object} [state] kept with the history entry
   */
  go(route, state = {}) {
    history.pushState(state, '', routePath(route, this.base));
    this.open();
    scrollTo(0, 0);
  }

  /** Opens a plain shell, born with those namespaces. @param {string[]} namespaces */
  openPlain(namespaces) {
    this.go({ name: 'shell', sandbox: '' }, { namespaces });
  }

  /**
   * Shows a step of the lab.
   *
   * @param {string} step
   */
  showStep(step) {
    const { route } = this.#store.get();
    if (route.name !== 'lab' || route.step === step) return;
    const next = { ...route, step };
    history.pushState(history.state, '', routePath(next, this.base));
    this.#store.dispatch({ type: 'route', route: next });
  }

  /** Goes so many steps on; stays at the first and at the last. @param {-1|1} by */
  showStepBeside(by) {
    const { route, lesson } = this.#store.get();
    const step = route.name === 'lab' && lesson.lab ? stepBeside(lesson.lab, route.step, by) : undefined;
    if (step) this.showStep(step.id);
  }

  /** Reads again what could not be read. */
  retry() {
    const { route, lesson, life } = this.#store.get();
    if (route.name === 'catalogue') void this.#readCatalogue();
    if (route.name === 'lab' && lesson.status === 'failed') void this.#readLab(route.lab);
    if (life.status === 'failed' || life.status === 'queued') void this.sandbox.startAgain();
  }

  /** Starts a fresh sandbox. The button that asked for it goes, so the focus does too: to the terminal that comes. */
  startAgain() {
    void this.sandbox.startAgain();
    this.focusTerminal();
  }

  /** @param {string} item @param {number} count */
  reveal(item, count) {
    this.#store.dispatch({ type: 'reveal', item, count });
  }

  /** @param {string} shell */
  activate(shell) {
    this.#store.dispatch({ type: 'activate', shell });
  }

  /** @param {'lesson'|'terminal'} pane */
  showPane(pane) {
    this.#store.dispatch({ type: 'pane', pane });
  }

  /** @param {import('./state/types.js').State['sheet']} sheet */
  showSheet(sheet) {
    this.#store.dispatch({ type: 'sheet', sheet });
  }

  /** Puts the focus into the active terminal, which is shown; where there is none, to where it will be. */
  focusTerminal() {
    this.showPane('terminal');
    requestAnimationFrame(() => {
      const screen = this.terminals.screen(this.#store.get().active);
      if (screen) screen.focus();
      else /** @type {HTMLElement|null} */ (document.querySelector('.terminals'))?.focus();
    });
  }

  /** Warns of the sandbox's end. @param {string} text @param {string} expires the end that it is about */
  warn(text, expires) {
    this.#store.dispatch({ type: 'notice', text, expires });
  }

  /**
   * Follows a link to another place of the page without loading it anew.
   *
   * @param {MouseEvent} e
   */
  followLink(e) {
    const a = e.target instanceof Element ? e.target.closest('a') : null;
    if (!a || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    if (a.target || a.origin !== location.origin || !`${a.pathname}/`.startsWith(this.base)) return;
    if (parseRoute(a.pathname, a.search, a.hash, this.base).name === 'missing') return;
    e.preventDefault();
    history.pushState({}, '', a.href);
    this.open();
    scrollTo(0, 0);
  }

  /** @param {number} id */
  dismiss(id) {
    this.#store.dispatch({ type: 'dismiss', id });
  }

  /**
   * Decides about what a program wants to write to the clipboard.
   *
   * @param {string} shell
   * @param {boolean} allow for this visit
   */
  decideClipboard(shell, allow) {
    const text = this.#store.get().ttys[shell]?.clipboard ?? '';
    this.#store.dispatch({ type: 'tty', shell, tty: { clipboard: '' } });
    if (!allow) return;
    this.set({ clipboard: true });
    void navigator.clipboard?.writeText(text).catch(() => {});
  }

  /** @param {Partial<import('./state/types.js').Settings>} settings */
  set(settings) {
    this.#store.dispatch({ type: 'settings', settings });
    saveSettings(this.#store.get().settings);
    if ('theme' in settings) this.applyTheme();
    if ('fontSize' in settings || 'screenReader' in settings) this.terminals.configure();
  }

  /** Puts the theme setting where the style sheets look for it. */
  applyTheme() {
    const { theme } = this.#store.get().settings;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    this.terminals.recolour();
  }

  async #readCatalogue() {
    try {
      const [{ labs, tracks }, { sandboxes }] = await Promise.all([this.#api.labs(), this.#api.sandboxes()]);
      this.#store.dispatch({ type: 'catalogue', labs, tracks, running: sandboxes.filter((s) => !s.ended) });
    } catch (err) {
      this.#store.dispatch({ type: 'catalogue-failed', problem: problemOf(err) });
    }
  }

  /** @param {string} id */
  async #readLab(id) {
    this.#store.dispatch({ type: 'lab-loading' });
    try {
      const lab = await this.#api.lab(id);
      if (this.#at(id)) this.#store.dispatch({ type: 'lab', lab });
    } catch (err) {
      if (this.#at(id)) this.#store.dispatch({ type: 'lab-failed', problem: problemOf(err) });
    }
  }

  /** @param {{id: string, version: string, error: import('./state/types.js').LintError|null}} changed */
  async #labChanged(changed) {
    const { lab } = this.#store.get().lesson;
    if (!lab || lab.id !== changed.id) return;
    if (changed.version === lab.version) {
      this.#store.dispatch({ type: 'lab-error', error: changed.error });
      return;
    }
    try {
      const next = await this.#api.lab(lab.id);
      if (this.#at(lab.id)) this.#store.dispatch({ type: 'lab', lab: next });
    } catch (err) {
      this.#store.dispatch({ type: 'notice', text: problemOf(err).detail });
    }
  }

  /** Whether the page is at that lab, now that a reply about it has come. @param {string} lab */
  #at(lab) {
    const { route } = this.#store.get();
    return route.name === 'lab' && route.lab === lab;
  }

  /** Puts the sandbox into the address, so that a reload finds it. @param {string} sandbox */
  #remember(sandbox) {
    const { route } = this.#store.get();
    if (route.name !== 'lab' && route.name !== 'shell') return;
    const next = { ...route, sandbox };
    history.replaceState(history.state, '', routePath(next, this.base));
    this.#store.dispatch({ type: 'route', route: next });
  }
}

/** The title of the browser's tab. @param {import('./state/types.js').State} s */
export function documentTitle(s) {
  const lab = s.route.name === 'lab' ? s.lesson.lab?.title : '';
  return lab ? `${lab} · ${words.name}` : words.name;
}
