import { Reconnecting } from '../reconnect.js';
import { Flow } from './flow.js';
import { Outbox } from './outbox.js';

/** How long the terminal must be idle before it acknowledges less than a full step. */
const IDLE_ACK_MS = 40;

/** Close codes after which there is nothing to come back to: the shell or the sandbox has ended. */
const FINAL = new Set([1000, 4404]);

/**
 * One shell's connection: nslab.tty.v1 over a WebSocket that comes back.
 *
 * @typedef {object} Options
 * @property {string} url
 * @property {import('./flow.js').Sink} sink the terminal
 * @property {(link: import('../state/types.js').Link) => void} onLink
 * @property {(exit: import('../state/types.js').Exit) => void} onExit
 */
export class TtyLink {
  #flow;
  #outbox;
  #socket;
  #size = { cols: 0, rows: 0 };
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #ackTimer;
  #encoder = new TextEncoder();

  /** @param {Options} o */
  constructor(o) {
    this.#flow = new Flow(
      {
        write: (data, parsed) => o.sink.write(data, () => {
          parsed();
          this.#acknowledgeWhenIdle();
        }),
      },
      (offset) => this.#text({ ack: offset }),
    );
    const socket = () => this.#socket;
    this.#outbox = new Outbox({
      send: (data) => socket().send(data),
      get buffered() {
        return socket().buffered;
      },
    });
    this.#socket = new Reconnecting({
      url: () => (this.#flow.resume < 0 ? o.url : `${o.url}?offset=${this.#flow.resume}`),
      protocol: 'nslab.tty.v1',
      again: (code) => !FINAL.has(code),
      onMessage: (data) => (typeof data === 'string' ? this.#control(data, o) : this.#flow.data(new Uint8Array(data))),
      onLink: (link) => {
        if (link.state === 'lost') this.#outbox.clear();
        if (link.state === 'open') {
          this.#flow.reconnected();
          if (this.#size.cols > 0) this.#text({ resize: this.#size });
        }
        o.onLink(link);
      },
    });
  }

  /**
   * Sends what the learner typed or the terminal answered. Dropped while old
   * output is replayed and while there is no connection.
   *
   * @param {string|Uint8Array} data
   */
  input(data) {
    if (this.#flow.replaying || !this.#socket.open) return;
    this.#outbox.push(typeof data === 'string' ? this.#encoder.encode(data) : data);
  }

  /**
   * Tells the shell its size, now and after each reconnect.
   *
   * @param {number} cols
   * @param {number} rows
   */
  resize(cols, rows) {
    if (cols === this.#size.cols && rows === this.#size.rows) return;
    this.#size = { cols, rows };
    this.#text({ resize: this.#size });
  }

  /** Whether old output is being replayed. */
  get replaying() {
    return this.#flow.replaying;
  }

  get open() {
    return this.#socket.open;
  }

  retryNow() {
    this.#socket.retryNow();
  }

  /** Closes for good. */
  stop() {
    clearTimeout(this.#ackTimer);
    this.#outbox.clear();
    this.#socket.stop();
  }

  /**
   * @param {string} text
   * @param {Options} o
   */
  #control(text, o) {
    const m = JSON.parse(text);
    if (typeof m.offset === 'number') this.#flow.offset(m.offset);
    else if (typeof m.replay === 'number') this.#flow.replay(m.replay);
    else if (typeof m.modes === 'string') this.#flow.modes(m.modes);
    else if (m.exit) o.onExit(m.exit);
  }

  #acknowledgeWhenIdle() {
    if (!this.#flow.idle || this.#ackTimer !== undefined) return;
    this.#ackTimer = setTimeout(() => {
      this.#ackTimer = undefined;
      if (this.#flow.idle) this.#flow.flush();
    }, IDLE_ACK_MS);
  }

  /** @param {object} message */
  #text(message) {
    this.#socket.send(JSON.stringify(message));
  }
}
