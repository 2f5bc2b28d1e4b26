/** One frame's bytes. The server takes 64 KiB; half of it keeps ^C from waiting behind a large frame. */
export const FRAME_BYTES = 32 * 1024;
/** While the browser holds more than this unsent, nothing more is handed to it. */
export const HIGH_WATER = 128 * 1024;
/** How often to look whether the browser has sent. There is no event for it. */
const POLL_MS = 20;

const INTERRUPT = 3; // ^C
const PASTE_END = new TextEncoder().encode('\x1b[201~');

/**
 * What waits to be typed into a shell: any amount goes in, frames of bounded
 * size come out, as fast as the connection takes them.
 *
 * @typedef {{send(data: Uint8Array<ArrayBuffer>): void, readonly buffered: number}} Wire
 */
export class Outbox {
  #wire;
  /** @type {Uint8Array[]} */
  #queue = [];
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /** @param {Wire} wire */
  constructor(wire) {
    this.#wire = wire;
  }

  /**
   * Takes bytes to send. A lone ^C throws away what still waits, since it
   * means "stop"; a paste that this cuts short is closed first, or the
   * program would take the ^C for pasted text.
   *
   * @param {Uint8Array} bytes
   */
  push(bytes) {
    if (bytes.length === 1 && bytes[0] === INTERRUPT && this.#queue.length > 0) {
      const open = endsWith(this.#queue.at(-1) ?? bytes, PASTE_END);
      this.#queue = open ? [PASTE_END] : [];
    }
    if (bytes.length > 0) this.#queue.push(bytes);
    this.#drain();
  }

  /** Forgets everything: the connection is gone, and nothing may be typed twice. */
  clear() {
    this.#queue = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #drain() {
    while (this.#queue.length > 0 && this.#wire.buffered < HIGH_WATER) {
      const head = /** @type {Uint8Array} */ (this.#queue.shift());
      if (head.length > FRAME_BYTES) this.#queue.unshift(head.subarray(FRAME_BYTES));
      this.#wire.send(head.slice(0, FRAME_BYTES));
    }
    if (this.#queue.length > 0 && this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#drain();
      }, POLL_MS);
    }
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {Uint8Array} tail
 */
function endsWith(bytes, tail) {
  return bytes.length >= tail.length && tail.every((b, i) => bytes[bytes.length - tail.length + i] === b);
}
