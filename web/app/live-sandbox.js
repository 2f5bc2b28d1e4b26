import { words } from '../words.js';
import { ProblemError } from './api.js';
import { NARROW } from './hooks.js';
import { Reconnecting } from './reconnect.js';
import { estimateSize } from './tty/measure.js';

/** How long to wait for a place when the server names no time. */
const QUEUE_DEFAULT_S = 10;

/**
 * The learner's sandbox, live: takes one, follows its events, extends,
 * resets and ends it. Everything that happens goes to the
 * store.
 *
 * @typedef {import('./state/types.js').Sandbox} Sandbox
 * @typedef {{lab: string}|{namespaces: string[]}} What
 */
export class LiveSandbox {
  #store;
  #api;
  #terminals;
  /** @type {Reconnecting|null} */
  #events = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #queue;
  /** @type {What|null} */
  #what = null;
  /** Counts what was wanted, so that a late reply to an older wish is dropped. */
  #wish = 0;
  /** @type {(sandbox: string) => void} */
  #onStarted;
  /** @type {(lab: {id: string, version: string, error: import('./state/types.js').LintError|null}) => void} */
  #onLab;

  /**
   * @param {import('./state/store.js').Store} store
   * @param {import('./api.js').Api} api
   * @param {import('./tty/terminals.js').Terminals} terminals
   * @param {{started: (sandbox: string) => void,
   *   lab: (lab: {id: string, version: string, error: import('./state/types.js').LintError|null}) => void}} on
   */
  constructor(store, api, terminals, on) {
    this.#store = store;
    this.#api = api;
    this.#terminals = terminals;
    this.#onStarted = on.started;
    this.#onLab = on.lab;
  }

  /**
   * Finds the sandbox with that id, or the learner's running one for the same
   * thing, or starts one.
   *
   * @param {What} what
   * @param {string} id '' for any
   */
  async enter(what, id) {
    const wish = this.#forget();
    this.#what = what;
    this.#store.dispatch({ type: 'starting' });
    try {
      const lab = 'lab' in what ? what.lab : '';
      const found = id
        ? await this.#api.sandbox(id)
        : (await this.#api.sandboxes()).sandboxes.find((s) => s.lab === lab && !s.ended && lab !== '');
      if (wish !== this.#wish) return;
      if (found) this.#follow(found);
      else await this.#start(wish);
    } catch (err) {
      if (wish !== this.#wish) return;
      const problem = problemOf(err);
      if (id && problem.status === 404) this.#gone();
      else this.#store.dispatch({ type: 'start-failed', problem });
    }
  }

  /** Starts a fresh sandbox for what is on the page, whatever was there. */
  async startAgain() {
    if (!this.#what) return;
    const wish = this.#forget();
    this.#store.dispatch({ type: 'starting' });
    await this.#start(wish);
  }

  /** Leaves the sandbox, which goes on, and forgets it. */
  leave() {
    this.#forget();
    this.#what = null;
    this.#store.dispatch({ type: 'left' });
  }

  /** Ends the sandbox. */
  async end() {
    await this.busy('end', (s) => this.#api.end(s.id), () => this.#stop({ reason: 'deleted', detail: '' }));
  }

  /** Takes a fresh sandbox in place of this one. Who has left meanwhile finds it when they come back. */
  async reset() {
    await this.busy('reset', (s) => this.#api.reset(s.id), (next) => {
      this.#forget();
      this.#follow(next);
    });
  }

  /** Moves the end of the sandbox. */
  async extend() {
    await this.busy('extend', (s) => this.#api.extend(s.id), (sandbox) => this.#store.dispatch({ type: 'sandbox', sandbox }));
  }

  /** Tries all lost connections now. */
  retryNow() {
    this.#events?.retryNow();
    for (const s of this.#store.get().sandbox?.shells ?? []) this.#terminals.retryNow(s.id);
  }

  /** @param {number} wish */
  async #start(wish) {
    const what = this.#what;
    if (!what) return;
    try {
      const sandbox = await this.#api.start(what, this.#size());
      if (wish === this.#wish) this.#follow(sandbox);
      else void this.#api.end(sandbox.id).catch(() => {}); // nobody wants it any more
    } catch (err) {
      if (wish !== this.#wish) return;
      const problem = problemOf(err);
      if (problem.status === 503 && problem.code !== 'stopping') this.#wait(wish, problem);
      else this.#store.dispatch({ type: 'start-failed', problem });
    }
  }

  /** The size that the first shells start with. */
  #size() {
    const { settings, route } = this.#store.get();
    return estimateSize(settings, route.name === 'shell', matchMedia(NARROW).matches);
  }

  /**
   * @param {number} wish
   * @param {import('./state/types.js').Problem} problem
   */
  #wait(wish, problem) {
    const ms = (problem.retryAfter || QUEUE_DEFAULT_S) * 1000;
    this.#store.dispatch({ type: 'queued', problem, retryAt: Date.now() + ms });
    this.#queue = setTimeout(() => void this.#start(wish), ms);
  }

  /** @param {Sandbox} sandbox */
  #follow(sandbox) {
    this.#store.dispatch({ type: 'sandbox', sandbox });
    this.#onStarted(sandbox.id);
    if (sandbox.ended) return;
    this.openTerminals();
    const wish = this.#wish;
    this.#events = new Reconnecting({
      url: () => this.#api.eventsURL(sandbox.id),
      protocol: 'nslab.events.v1',
      again: () => this.#store.get().life.status === 'running',
      before: () => this.#stillThere(sandbox.id, wish),
      onMessage: (data) => this.#event(JSON.parse(String(data))),
      onLink: (link) => {
        const was = this.#store.get().events;
        if (link.state === 'open' && was.tries > 0) this.#store.dispatch({ type: 'say', text: words.events.back });
        if (link.state === 'lost' && link.tries === 1) this.#store.dispatch({ type: 'say', text: words.events.lost });
        if (link.state !== 'closed') this.#store.dispatch({ type: 'events-link', link });
      },
    });
  }

  /** @param {any} m one message of nslab.events.v1 */
  #event(m) {
    if (m.sandbox) {
      this.#store.dispatch({ type: 'sandbox', sandbox: m.sandbox });
      if (!m.sandbox.ended) this.openTerminals();
    } else if (m.snapshot) this.#store.dispatch({ type: 'snapshot', snapshot: m.snapshot });
    else if (m.check) this.#store.dispatch({ type: 'check', check: m.check });
    else if (m.notice) this.#store.dispatch({ type: 'notice', text: m.notice.text });
    else if (m.lab) this.#onLab(m.lab);
    else if (m.ended) this.#stop(m.ended);
  }

  /**
   * Asked before each new try of the events socket, since a refused WebSocket
   * does not tell a browser why.
   *
   * @param {string} id
   * @param {number} wish the wish that the sandbox answers
   * @returns {Promise<boolean>}
   */
  async #stillThere(id, wish) {
    try {
      const sandbox = await this.#api.sandbox(id);
      if (wish !== this.#wish) return false;
      if (!sandbox.ended) return true;
      this.#stop(sandbox.ended);
    } catch (err) {
      if (wish !== this.#wish) return false;
      const { status } = problemOf(err);
      if (status !== 404 && status !== 401) return true; // the server is away: go on trying
      if (status === 404) this.#gone();
      else this.#store.dispatch({ type: 'start-failed', problem: problemOf(err) });
      this.#terminals.disconnect();
    }
    return false;
  }

  #gone() {
    this.#stop(/** @type {any} */ ({ reason: 'gone', detail: words.ended.gone }));
  }

  /** @param {import('./state/types.js').Ended} why */
  #stop(why) {
    this.#store.dispatch({ type: 'ended', ended: why });
    this.#events?.stop();
    this.#events = null;
    this.#terminals.disconnect();
  }

  /** Makes the terminals of all shells that have none yet. */
  openTerminals() {
    const { sandbox, hidden } = this.#store.get();
    for (const shell of sandbox?.shells ?? []) {
      if (!sandbox || hidden.includes(shell.id)) continue;
      this.#terminals.open(shell, words.terminal.of(shell.title), this.#size(), this.#api.ttyURL(sandbox.id, shell.id));
    }
  }

  /** Drops everything that belongs to the sandbox; returns the number of the new wish. */
  #forget() {
    clearTimeout(this.#queue);
    this.#events?.stop();
    this.#events = null;
    this.#terminals.closeAll();
    return ++this.#wish;
  }

  /**
   * Makes one call for the sandbox, marked as busy, and applies the reply; what
   * fails becomes a notice. Does nothing without a sandbox, or while the same
   * call runs. A reply that comes when the page is at another sandbox, or at
   * none, is dropped.
   *
   * @template T
   * @param {string} what
   * @param {(s: Sandbox) => Promise<T>} call
   * @param {(reply: T, s: Sandbox) => void|Promise<void>} apply
   * @returns {Promise<boolean>} whether it was done
   */
  async busy(what, call, apply) {
    const { sandbox, busy } = this.#store.get();
    if (!sandbox || busy[what]) return false;
    const wish = this.#wish;
    this.#store.dispatch({ type: 'busy', what, busy: true });
    try {
      const reply = await call(sandbox);
      if (wish !== this.#wish) return false;
      await apply(reply, sandbox);
      return true;
    } catch (err) {
      if (wish === this.#wish) this.#store.dispatch({ type: 'notice', text: problemOf(err).detail });
      return false;
    } finally {
      // Another sandbox began with nothing busy, and may by now do the same thing.
      if (wish === this.#wish) this.#store.dispatch({ type: 'busy', what, busy: false });
    }
  }
}

/**
 * @param {unknown} err
 * @returns {import('./state/types.js').Problem}
 */
export function problemOf(err) {
  if (err instanceof ProblemError) return err.problem;
  return { status: 0, code: 'internal', detail: err instanceof Error ? err.message : words.problem.failed, retryAfter: 0 };
}
