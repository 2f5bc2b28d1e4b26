/**
 * The offsets of nslab.tty.v1: what has come, what the terminal has parsed,
 * what has been acknowledged, and where old output ends. Pure: bytes go to a
 * sink, acknowledgements to a function. See docs/api.md, "The terminal".
 *
 * @typedef {object} Sink
 * @property {(data: Uint8Array|string, parsed: () => void) => void} write calls parsed once data has been parsed, in order
 */

/** An acknowledgement goes out for so many bytes even while more are waiting; the server's window is eight times this. */
export const ACK_BYTES = 32 * 1024;

/** RIS, which resets the terminal in order with the bytes around it. */
const RESET = '\x1bc';

export class Flow {
  #sink;
  #ack;
  #received = -1;
  #parsed = 0;
  #acked = 0;
  #replayEnd = 0;
  /** Control strings (reset, modes) that wait to be parsed. */
  #controls = 0;

  /**
   * @param {Sink} sink
   * @param {(offset: number) => void} ack
   */
  constructor(sink, ack) {
    this.#sink = sink;
    this.#ack = ack;
  }

  /**
   * Where to resume: the offset after the last byte that came, or -1 when
   * none has. Bytes that have come will be parsed whatever the connection
   * does, so they need not come again.
   */
  get resume() {
    return this.#received;
  }

  /**
   * Whether what the terminal says now answers old output. Its answers must
   * then not be sent: they would be typed into the prompt.
   */
  get replaying() {
    return this.#controls > 0 || this.#parsed < this.#replayEnd;
  }

  /**
   * The server says where the next byte belongs. A jump means that bytes are
   * missing: the terminal is reset, since what it shows no longer follows.
   *
   * @param {number} n
   */
  offset(n) {
    const first = this.#received < 0;
    if (n === this.#received) return;
    this.#received = n;
    if (first) {
      this.#parsed = this.#acked = n;
      return;
    }
    this.#control(RESET, () => {
      this.#parsed = this.#acked = n;
    });
  }

  /**
   * Output before offset n is old.
   *
   * @param {number} n
   */
  replay(n) {
    this.#replayEnd = n;
  }

  /**
   * Sets the terminal's modes as they were where the replay starts.
   *
   * @param {string} sequences escape sequences, counted in no offset
   */
  modes(sequences) {
    this.#control(RESET + sequences, () => {});
  }

  /**
   * Takes output. A chunk in which old output ends is split there, so that
   * the first new byte is parsed after the replay has ended.
   *
   * @param {Uint8Array} bytes
   */
  data(bytes) {
    const start = Math.max(this.#received, 0);
    const split = this.#replayEnd - start;
    this.#received = start + bytes.length;
    if (split > 0 && split < bytes.length) {
      this.#write(bytes.subarray(0, split), start + split);
      this.#write(bytes.subarray(split), this.#received);
    } else {
      this.#write(bytes, this.#received);
    }
  }

  /** Acknowledges what has been parsed, if that is news. For when the terminal is idle. */
  flush() {
    if (this.#parsed === this.#acked) return;
    this.#acked = this.#parsed;
    this.#ack(this.#acked);
  }

  /** A new connection knows of no acknowledgement. */
  reconnected() {
    this.#acked = -1;
  }

  get idle() {
    return this.#parsed === this.#received && this.#controls === 0;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} end offset after the last of them
   */
  #write(bytes, end) {
    this.#sink.write(bytes, () => {
      this.#parsed = end;
      if (this.#parsed - this.#acked >= ACK_BYTES) this.flush();
    });
  }

  /**
   * @param {string} text
   * @param {() => void} then
   */
  #control(text, then) {
    this.#controls++;
    this.#sink.write(text, () => {
      this.#controls--;
      then();
    });
  }
}
