import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ProblemError } from '../app/api.js';
import { LiveSandbox } from '../app/live-sandbox.js';
import { Shells } from '../app/shells.js';
import { initialState } from '../app/state/initial.js';
import { reduce } from '../app/state/reduce.js';
import { createStore } from '../app/state/store.js';
import { sandbox } from '../app/storybook/fixtures.js';

/**
 * A learner goes from one lab to the next while the server has yet to answer
 * for the first. The late reply must not touch the second.
 */

const first = { ...sandbox, id: 'first', lab: 'uts' };
const second = { ...sandbox, id: 'second', lab: 'clone' };
const fresh = { ...sandbox, id: 'fresh', lab: 'uts' };
const ended = /** @type {const} */ ({ reason: 'idle', detail: '' });

/** A socket that a test closes. */
class Socket {
  /** @type {Socket[]} */
  static all = [];
  /** @type {((e: {code: number}) => void)|undefined} */
  onclose;
  readyState = 1;
  constructor() {
    Socket.all.push(this);
  }
  close() {}
}

beforeEach(() => {
  Socket.all = [];
  Object.assign(globalThis, {
    WebSocket: Socket,
    matchMedia: () => ({ matches: false }),
    document: { createElement: () => ({ getContext: () => null }) },
    devicePixelRatio: 1,
    innerWidth: 1280,
    innerHeight: 800,
  });
});

/** A page at the first lab, and a server that answers a call when the test says so. */
async function atFirstLab() {
  /** @type {Record<string, {resolve: (reply?: any) => void, reject: (err: unknown) => void}>} */
  const pending = {};
  const api = new Proxy(/** @type {any} */ ({
    eventsURL: () => 'ws://server/events',
    ttyURL: () => 'ws://server/tty',
    sandboxes: async () => ({ sandboxes: [first, second] }),
  }), {
    get: (known, call) => known[call] ?? (() => new Promise((resolve, reject) => { pending[String(call)] = { resolve, reject }; })),
  });
  const terminals = /** @type {any} */ ({ open() {}, closeAll() {}, disconnect() {}, retryNow() {}, screen() {} });
  const store = createStore(reduce, initialState());
  const live = new LiveSandbox(store, api, terminals, { started() {}, lab() {} });
  await live.enter({ lab: 'uts' }, '');
  return {
    store, live, shells: new Shells(store, api, terminals, live),
    /** Answers the call that waits. @param {string} call @param {unknown} reply an Error refuses */
    async answer(call, reply) {
      const { resolve, reject } = pending[call] ?? assert.fail(`nobody has called ${call}`);
      if (reply instanceof Error) reject(reply);
      else resolve(reply);
      await settled();
    },
  };
}

const settled = () => new Promise((done) => setImmediate(done));
const refused = new ProblemError({ status: 404, code: 'no-such-sandbox', detail: 'There is no such sandbox.', retryAfter: 0 });

for (const { name, call, ask, reply } of /** @type {{name: string, call: string,
    ask: (at: Awaited<ReturnType<typeof atFirstLab>>) => Promise<unknown>, reply: unknown}[]} */ ([
  { name: 'a reset', call: 'reset', ask: ({ live }) => live.reset(), reply: fresh },
  { name: 'an end', call: 'end', ask: ({ live }) => live.end(), reply: null },
  { name: 'a longer time', call: 'extend', ask: ({ live }) => live.extend(), reply: first },
  { name: 'a new shell', call: 'shell', ask: ({ shells }) => shells.openShell([]), reply: { ...sandbox.shells[0], id: 's9' } },
  { name: 'an answer', call: 'answer', ask: ({ shells }) => shells.answer('q1', '1'), reply: { question: 'q1', answer: '1', correct: true, tries: 1 } },
  { name: 'a refusal', call: 'reset', ask: ({ live }) => live.reset(), reply: refused },
])) {
  test(`${name} of the sandbox before, told late, changes nothing of the new one`, async () => {
    const at = await atFirstLab();
    const asked = ask(at);
    await at.live.enter({ lab: 'clone' }, '');
    const before = at.store.get();
    await at.answer(call, reply);
    await asked;
    assert.deepEqual(at.store.get(), before);
    assert.equal(before.sandbox?.id, 'second');
    assert.deepEqual(before.busy, {});
  });
}

for (const { name, reply } of [
  { name: 'has ended', reply: { ...first, ended } },
  { name: 'is not there', reply: refused },
]) {
  test(`that the sandbox before ${name}, told late, does not end the new one`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const at = await atFirstLab();
    Socket.all[0]?.onclose?.({ code: 1006 });
    t.mock.timers.tick(60_000); // asks whether it is still there
    await at.live.enter({ lab: 'clone' }, '');
    await at.answer('sandbox', reply);
    assert.equal(at.store.get().life.status, 'running');
    assert.equal(at.store.get().sandbox?.id, 'second');
  });

  test(`that the sandbox of the page ${name} is shown`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const at = await atFirstLab();
    Socket.all[0]?.onclose?.({ code: 1006 });
    t.mock.timers.tick(60_000);
    await at.answer('sandbox', reply);
    assert.equal(at.store.get().life.status, 'ended');
  });
}

test('a reset puts the fresh sandbox in place', async () => {
  const at = await atFirstLab();
  const asked = at.live.reset();
  assert.equal(at.store.get().busy.reset, true);
  await at.answer('reset', fresh);
  await asked;
  assert.equal(at.store.get().sandbox?.id, 'fresh');
  assert.deepEqual(at.store.get().busy, {});
});
