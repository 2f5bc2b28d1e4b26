import { backoff } from './backoff.js';

/**
 * A WebSocket that comes back after a loss, until told to stop.
 *
 * @typedef {import('./state/types.js').Link} Link
 * @typedef {object} Options
 * @property {() => string} url asked anew before each try
 * @property {string} protocol
 * @property {(link: Link) => void} onLink told of every change of state
 * @property {(data: ArrayBuffer|string) => void} onMessage
 * @property {(code: number) => boolean} [again] whether to try again after that close code; always when absent
 * @property {() => Promise<boolean>} [before] awaited before each retry; false stops for good
 */
export class Reconnecting {
  /** @type {Options} */
  #o;
  /** @type {WebSocket|null} */
  #ws = null;
  #tries = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  #stopped = false;
  #onOnline = () => this.retryNow();

  /** @param {Options} options */
  constructor(options) {
    this.#o = options;
    globalThis.addEventListener?.('online', this.#onOnline);
    this.#connect();
  }

  /** Closes for good. Safe to call twice. */
  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.('online', this.#onOnline);
    this.#ws?.close(1000);
    this.#o.onLink({ state: 'closed', retryAt: 0, tries: this.#tries });
  }

  /** Ends the wait for the next try, if there is one. */
  retryNow() {
    if (this.#timer === undefined || this.#stopped) return;
    clearTimeout(this.#timer);
    void this.#retry();
  }

  get open() {
    return this.#ws?.readyState === WebSocket.OPEN;
  }

  /** Bytes handed over and not yet sent. */
  get buffered() {
    return this.#ws?.bufferedAmount ?? 0;
  }

  /**
   * Sends when open; what is sent while not open is dropped.
   *
   * @param {string|Uint8Array<ArrayBuffer>} data
   */
  send(data) {
    if (this.open) this.#ws?.send(data);
  }

  #connect() {
    this.#o.onLink({ state: 'connecting', retryAt: 0, tries: this.#tries });
    const ws = new WebSocket(this.#o.url(), [this.#o.protocol]);
    ws.binaryType = 'arraybuffer';
    this.#ws = ws;
    ws.onopen = () => this.#o.onLink({ state: 'open', retryAt: 0, tries: this.#tries });
    ws.onmessage = (e) => {
      this.#tries = 0; // a server that accepts and says nothing has not answered
      if (!this.#stopped) this.#o.onMessage(e.data);
    };
    ws.onclose = (e) => {
      if (this.#stopped) return;
      if (this.#o.again && !this.#o.again(e.code)) {
        this.stop();
        return;
      }
      const wait = backoff(this.#tries++);
      this.#o.onLink({ state: 'lost', retryAt: Date.now() + wait, tries: this.#tries });
      this.#timer = setTimeout(() => void this.#retry(), wait);
    };
  }

  async #retry() {
    this.#timer = undefined;
    this.#o.onLink({ state: 'lost', retryAt: 0, tries: this.#tries });
    if (this.#o.before && !(await this.#o.before())) {
      this.stop();
      return;
    }
    if (!this.#stopped) this.#connect();
  }
}
