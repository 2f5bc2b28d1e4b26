/** The first wait, short because most losses are a blink. */
const FIRST_MS = 500;
/** The longest wait: a person who sees the countdown does not mind 15 s, and the server is not flooded by a class. */
const LAST_MS = 15_000;

/**
 * How long to wait before the try after `tries` failed ones: doubling, with up
 * to a quarter of jitter so that a class does not come back in one instant.
 *
 * @param {number} tries
 * @param {() => number} [random] in [0, 1)
 * @returns {number} milliseconds
 */
export function backoff(tries, random = Math.random) {
  const base = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
  return Math.round(base * (1 - random() / 4));
}
