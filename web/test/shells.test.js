import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shells } from '../app/shells.js';
import { initialState } from '../app/state/initial.js';
import { reduce } from '../app/state/reduce.js';
import { createStore } from '../app/state/store.js';
import { sandbox } from '../app/storybook/fixtures.js';

/** The shells of a page with a sandbox, whose server answers with these lines. @param {import('../app/state/types.js').Line[]} lines */
function shellsWith(lines) {
  const store = createStore(reduce, initialState());
  store.dispatch({ type: 'sandbox', sandbox });
  /** @type {string[][]} */
  const typed = [];
  const terminals = { type: (/** @type {string[]} */ ...what) => typed.push(what.slice(0, 2)) };
  const live = { busy: async (/** @type {any} */ what, /** @type {any} */ call, /** @type {any} */ apply) => apply(await call(sandbox), sandbox) };
  const shells = new Shells(store, /** @type {any} */ ({ lines: async () => ({ lines }) }), /** @type {any} */ (terminals), /** @type {any} */ (live));
  return { store, shells, typed };
}

test('what is typed is the keys that the server names: Enter after a line, none after ^C', async () => {
  const { shells, typed } = shellsWith([
    { shell: 'one', text: 'sleep 100', keys: 'sleep 100\r' },
    { shell: 'one', text: '^C', keys: '\x03' },
    { shell: 'two', text: 'hostname', keys: 'hostname\r' },
  ]);
  await shells.type('c1', false);
  assert.deepEqual(typed, [['s1', 'sleep 100\r'], ['s1', '\x03'], ['s2', 'hostname\r']]);
});

test('the shell that was typed into is shown', async () => {
  const { store, shells } = shellsWith([{ shell: 'two', text: 'hostname', keys: 'hostname\r' }]);
  await shells.type('c1', false);
  assert.equal(store.get().active, 's2');
  assert.equal(store.get().pane, 'terminal');
});

test('a command is copied as the sandbox fills it, and never with a line end', async (t) => {
  const { shells } = shellsWith([{ shell: 'one', text: 'kill 17\n', keys: 'kill 17\r' }]);
  const writeText = t.mock.fn(async () => {});
  Object.defineProperty(globalThis, 'navigator', { value: { clipboard: { writeText } }, configurable: true });
  assert.equal(await shells.copy({ id: 'c1', text: 'kill PID' }), true);
  assert.deepEqual(writeText.mock.calls.map((c) => c.arguments), [['kill 17']]);
});
