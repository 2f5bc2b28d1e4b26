import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACK_BYTES, Flow } from '../app/tty/flow.js';

/** A terminal that parses when told to, and remembers what it was given. */
function terminal() {
  /** @type {{data: Uint8Array|string, parsed: () => void}[]} */
  const waiting = [];
  let text = '';
  return {
    write: (/** @type {Uint8Array|string} */ data, /** @type {() => void} */ parsed) => waiting.push({ data, parsed }),
    parse(n = Infinity) {
      for (const w of waiting.splice(0, n)) {
        text += typeof w.data === 'string' ? w.data : new TextDecoder().decode(w.data);
        w.parsed();
      }
    },
    get text() { return text; },
    get pending() { return waiting.length; },
  };
}

/** @param {string} s */
const bytes = (s) => new TextEncoder().encode(s);

function setup() {
  const term = terminal();
  /** @type {number[]} */
  const acks = [];
  return { term, acks, flow: new Flow(term, (n) => acks.push(n)) };
}

test('a first connection asks for no offset, a later one for the byte after the last that came', () => {
  const { flow } = setup();
  assert.equal(flow.resume, -1);
  flow.offset(1000);
  flow.data(bytes('hello'));
  assert.equal(flow.resume, 1005, 'bytes that wait for the parser need not come again');
});

test('output before the replay’s end is old: answers to it are swallowed until it is parsed', () => {
  const { flow, term } = setup();
  flow.offset(0);
  flow.replay(5);
  assert.equal(flow.replaying, true);
  flow.data(bytes('hello'));
  assert.equal(flow.replaying, true, 'it has come but is not parsed');
  term.parse();
  assert.equal(flow.replaying, false);
});

test('a chunk in which the replay ends is split there, so that the first new byte may be answered', () => {
  const { flow, term } = setup();
  flow.offset(10);
  flow.replay(13);
  flow.data(bytes('oldnew'));
  term.parse(1);
  assert.equal(term.text, 'old');
  assert.equal(flow.replaying, false);
  term.parse();
  assert.equal(term.text, 'oldnew');
});

test('nothing to replay: the terminal may answer at once', () => {
  const { flow } = setup();
  flow.offset(0);
  flow.replay(0);
  assert.equal(flow.replaying, false);
});

test('an offset that follows on changes nothing; one that jumps resets the terminal in order with the bytes', () => {
  const { flow, term } = setup();
  flow.offset(0);
  flow.data(bytes('abc'));
  flow.offset(3);
  flow.data(bytes('def'));
  flow.offset(100);
  flow.modes('\x1b[?1049h');
  flow.data(bytes('ghi'));
  term.parse();
  assert.equal(term.text, 'abcdef\x1bc\x1bc\x1b[?1049hghi');
  assert.equal(flow.resume, 103);
});

test('modes count towards no offset and are answered by nobody', () => {
  const { flow, term } = setup();
  flow.offset(50);
  flow.replay(50);
  flow.modes('\x1b[?2004h');
  assert.equal(flow.replaying, true);
  term.parse();
  assert.equal(flow.replaying, false);
  assert.equal(flow.resume, 50);
});

test('acknowledgements follow parsing, one for each step, and the rest when idle', () => {
  const { flow, term, acks } = setup();
  flow.offset(0);
  flow.data(new Uint8Array(ACK_BYTES));
  flow.data(new Uint8Array(10));
  assert.deepEqual(acks, [], 'what is not parsed is not acknowledged');
  term.parse();
  assert.deepEqual(acks, [ACK_BYTES]);
  assert.equal(flow.idle, true);
  flow.flush();
  flow.flush();
  assert.deepEqual(acks, [ACK_BYTES, ACK_BYTES + 10], 'the same offset is not said twice');
});

test('a new connection is told again how far the terminal is', () => {
  const { flow, term, acks } = setup();
  flow.offset(0);
  flow.data(bytes('abc'));
  term.parse();
  flow.flush();
  flow.reconnected();
  flow.offset(3);
  flow.flush();
  assert.deepEqual(acks, [3, 3]);
});

test('any way of cutting output into frames and losses shows every byte once', () => {
  const output = Array.from({ length: 400 }, (_, i) => `line ${i}\n`).join('');
  const all = bytes(output);
  let seed = 7;
  const random = (/** @type {number} */ n) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  for (let round = 0; round < 50; round++) {
    const { flow, term } = setup();
    while (flow.resume < all.length) {
      let at = Math.max(0, flow.resume); // a connection begins where the page asks
      flow.reconnected();
      flow.offset(at);
      flow.replay(Math.min(all.length, at + random(200)));
      for (let frames = random(12); frames > 0 && at < all.length; frames--) {
        const end = Math.min(all.length, at + 1 + random(300));
        flow.data(all.subarray(at, end));
        at = end;
        if (random(3) === 0) term.parse(random(4));
      } // and is lost here
    }
    term.parse();
    assert.equal(term.text, output, `round ${round}`);
    assert.equal(flow.replaying, false);
  }
});
