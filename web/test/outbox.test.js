import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_BYTES, HIGH_WATER, Outbox } from '../app/tty/outbox.js';

/** A connection whose buffer empties when told to. */
function wire() {
  /** @type {Uint8Array[]} */
  const frames = [];
  return {
    frames,
    buffered: 0,
    send(/** @type {Uint8Array<ArrayBuffer>} */ data) {
      frames.push(data);
      this.buffered += data.length;
    },
    get bytes() { return Buffer.concat(frames); },
  };
}

const PASTE_END = Buffer.from('\x1b[201~');

test('a key goes out at once', () => {
  const w = wire();
  new Outbox(w).push(Buffer.from('a'));
  assert.equal(w.bytes.toString(), 'a');
});

test('a megabyte goes out whole, in order, in frames of bounded size, never beyond the high water mark', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const w = wire();
  const paste = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => i % 251));
  new Outbox(w).push(paste);
  for (let i = 0; i < 1000 && w.bytes.length < paste.length; i++) {
    assert.ok(w.buffered <= HIGH_WATER + FRAME_BYTES, `buffered ${w.buffered}`);
    w.buffered = 0;
    t.mock.timers.tick(20);
  }
  assert.ok(w.frames.every((f) => f.length <= FRAME_BYTES));
  assert.deepEqual(w.bytes, paste);
});

test('^C throws away what waits and closes the paste that it cuts', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const w = wire();
  const box = new Outbox(w);
  box.push(Buffer.concat([Buffer.from('\x1b[200~'), Buffer.alloc(1 << 20, 'x'), PASTE_END]));
  const sent = w.bytes.length;
  box.push(Buffer.from('\x03'));
  w.buffered = 0;
  t.mock.timers.tick(20);
  assert.equal(w.bytes.subarray(sent).toString(), '\x1b[201~\x03');
});

test('^C among other keys is no interrupt', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const w = wire();
  const box = new Outbox(w);
  w.buffered = HIGH_WATER;
  box.push(Buffer.from('abc'));
  box.push(Buffer.from('d\x03'));
  w.buffered = 0;
  t.mock.timers.tick(20);
  assert.equal(w.bytes.toString(), 'abcd\x03');
});

test('what waits when the connection is lost is not typed later', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const w = wire();
  const box = new Outbox(w);
  w.buffered = HIGH_WATER;
  box.push(Buffer.from('rm -rf x\r'));
  box.clear();
  w.buffered = 0;
  t.mock.timers.tick(100);
  assert.equal(w.frames.length, 0);
});
