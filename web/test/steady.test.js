import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { keepSteady } from '../app/components/steady.js';

/** Tells of a new size. */
let resized = () => {};

beforeEach(() => {
  Object.assign(globalThis, {
    ResizeObserver: class {
      /** @param {() => void} f */
      constructor(f) { resized = f; }
      observe() {}
      disconnect() { resized = () => {}; }
    },
  });
});

/** A scroller with a button that has so much above it. */
function lessonWithButton() {
  const scroller = /** @type {any} */ (Object.assign(new EventTarget(), { scrollTop: 0 }));
  const button = { above: 400, isConnected: true, getBoundingClientRect: () => ({ top: button.above - scroller.scrollTop }) };
  /** @param {string} type */
  const pointer = (type) => scroller.dispatchEvent(Object.defineProperty(new Event(type), 'target', { value: button }));
  return { scroller, button, pointer, end: keepSteady(scroller, /** @type {any} */ ({})) };
}

test('what the pointer is over stays where it is when what is above it grows', () => {
  const { scroller, button, pointer } = lessonWithButton();
  pointer('pointermove');
  button.above += 24;
  resized();
  assert.equal(button.getBoundingClientRect().top, 400);
  assert.equal(scroller.scrollTop, 24);
});

test('what the learner scrolled away is not brought back', () => {
  const { scroller, button, pointer } = lessonWithButton();
  pointer('pointermove');
  scroller.scrollTop = 100;
  scroller.dispatchEvent(new Event('scroll'));
  button.above += 24;
  resized();
  assert.equal(button.getBoundingClientRect().top, 300);
});

for (const { name, then } of [
  { name: 'without a pointer', then: (/** @type {ReturnType<typeof lessonWithButton>} */ l) => l.pointer('pointerleave') },
  { name: 'once it has ended', then: (/** @type {ReturnType<typeof lessonWithButton>} */ l) => l.end() },
  { name: 'when that is gone', then: (/** @type {ReturnType<typeof lessonWithButton>} */ l) => { l.button.isConnected = false; } },
]) {
  test(`nothing is kept in place ${name}`, () => {
    const l = lessonWithButton();
    l.pointer('pointermove');
    then(l);
    l.button.above += 24;
    resized();
    assert.equal(l.scroller.scrollTop, 0);
  });
}
