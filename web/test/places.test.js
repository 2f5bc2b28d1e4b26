import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOWHERE, place } from '../app/state/places.js';

const HOST = { uts: 100, net: 200 };

/**
 * A snapshot from processes written as [pid, comm, shell, start, uts, net].
 *
 * @param {[number, string, string, number, number, number][]} rows
 * @param {number[]} [ids] kernel ids of the uts namespaces 101, 102, …
 * @returns {import('../app/state/types.js').Snapshot}
 */
function snapshot(rows, ids = []) {
  const processes = rows.map(([pid, comm, shell, start, uts, net]) => ({
    pid, ppid: 1, start, comm, state: 'S', shell, ns: { uts, net },
  }));
  /** @type {Map<string, import('../app/state/types.js').Namespace>} */
  const all = new Map();
  for (const p of processes) {
    all.set(`uts${p.ns.uts}`, { type: 'uts', inode: p.ns.uts, id: ids[p.ns.uts - 101] });
    all.set(`net${p.ns.net}`, { type: 'net', inode: p.ns.net });
  }
  return {
    processes,
    namespaces: [...all.values()],
    shells: [{ id: 's1', pid: 10, alive: true }, { id: 's2', pid: 20, alive: true }],
    sandbox: HOST,
  };
}

test('a shell in the lab’s own namespaces has no letters', () => {
  const p = place(NOWHERE, snapshot([[10, 'bash', 's1', 1, 100, 200]]));
  assert.deepEqual(p.shells.s1, { uts: '', net: '' });
});

test('the place follows the learner into the youngest interactive shell', () => {
  const p = place(NOWHERE, snapshot([
    [10, 'bash', 's1', 1, 100, 200],
    [11, 'sudo', 's1', 2, 100, 200],
    [12, 'bash', 's1', 3, 101, 200],
    [13, 'sleep', 's1', 4, 102, 200],
  ]));
  assert.deepEqual(p.shells.s1, { uts: 'A', net: '' });
});

test('two shells in the same namespace have the same letter', () => {
  const p = place(NOWHERE, snapshot([
    [10, 'bash', 's1', 1, 101, 200],
    [20, 'bash', 's2', 2, 101, 201],
  ]));
  assert.equal(p.shells.s1?.uts, p.shells.s2?.uts);
  assert.equal(p.shells.s2?.net, 'A', 'letters are counted for each type');
});

test('letters stay while the namespace does', () => {
  const one = place(NOWHERE, snapshot([[10, 'bash', 's1', 1, 101, 200]]));
  const two = place(one, snapshot([[10, 'bash', 's1', 1, 101, 200], [20, 'bash', 's2', 2, 102, 200]]));
  assert.equal(two.shells.s1?.uts, 'A');
  assert.equal(two.shells.s2?.uts, 'B');
});

test('an inode that the kernel hands out again gets a new letter', () => {
  const one = place(NOWHERE, snapshot([[10, 'bash', 's1', 1, 101, 200]]));
  const gone = place(one, snapshot([[10, 'bash', 's1', 1, 100, 200]]));
  const back = place(gone, snapshot([[10, 'bash', 's1', 1, 101, 200]]));
  assert.equal(back.shells.s1?.uts, 'B');
});

test('where the kernel has ids, a reused inode is noticed even between two snapshots', () => {
  const one = place(NOWHERE, snapshot([[10, 'bash', 's1', 1, 101, 200]], [7]));
  const two = place(one, snapshot([[10, 'bash', 's1', 1, 101, 200]], [8]));
  assert.equal(two.shells.s1?.uts, 'B');
});
