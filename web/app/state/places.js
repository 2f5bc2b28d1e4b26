/**
 * Where each shell is now, told by letters instead of inodes.
 *
 * A lesson may ask for an inode, so the page must not print it. What it shows is the relation: a namespace that is the
 * sandbox's own has no letter; every other one gets A, B, C… within its type in the order of appearance. Two shells with
 * the same letter are in the same namespace.
 */

import { NS_TYPES } from './namespaces.js';

/**
 * @typedef {import('./types.js').NSType} NSType
 * @typedef {import('./types.js').Snapshot} Snapshot
 * @typedef {import('./types.js').Process} Process
 *
 * @typedef {{
 *   letters: Record<string, string>,
 *   given: Partial<Record<NSType, number>>,
 *   shells: Record<string, Partial<Record<NSType, string>>>,
 * }} Places
 *   letters by "type:inode:id"; given counts the letters that each type has used; shells holds, for each shell, the
 *   letter of each type, "" for the sandbox's own.
 */

/** @type {Places} */
export const NOWHERE = { letters: {}, given: {}, shells: {} };

/** Programs that a person types into: the deepest of them is where the learner is. */
const INTERACTIVE = new Set(['bash', 'sh', 'dash', 'zsh', 'fish', 'ash', 'ksh', 'busybox']);

/**
 * Computes the places for a snapshot. Letters of namespaces that are gone are
 * never given again, since the kernel reuses inode numbers.
 *
 * @param {Places} before
 * @param {Snapshot} snap
 * @returns {Places}
 */
export function place(before, snap) {
  /** @type {Places} */
  const after = { letters: {}, given: { ...before.given }, shells: {} };
  for (const n of snap.namespaces) {
    if (n.inode === snap.sandbox[n.type]) continue;
    const key = `${n.type}:${n.inode}:${n.id ?? 0}`;
    after.letters[key] = before.letters[key] ?? letter(after, n.type);
  }
  for (const shell of snap.shells) {
    const p = foremost(snap, shell);
    if (!shell.alive || !p) continue;
    /** @type {Partial<Record<NSType, string>>} */
    const at = {};
    for (const type of NS_TYPES) {
      const inode = p.ns[type];
      if (inode === undefined) continue;
      at[type] = inode === snap.sandbox[type] ? '' : find(after, snap, type, inode);
    }
    after.shells[shell.id] = at;
  }
  return after;
}

/**
 * The process that the learner types into: the youngest interactive shell
 * that descends from the sandbox's shell, else that shell itself.
 *
 * @param {Snapshot} snap
 * @param {{id: string, pid: number}} shell
 * @returns {Process|undefined}
 */
function foremost(snap, shell) {
  let best = snap.processes.find((p) => p.pid === shell.pid);
  for (const p of snap.processes) {
    if (p.shell !== shell.id || p.state === 'Z' || p.state === 'T' || !INTERACTIVE.has(p.comm)) continue;
    if (!best || p.start > best.start || (p.start === best.start && p.pid > best.pid)) best = p;
  }
  return best;
}

/**
 * @param {Places} places
 * @param {Snapshot} snap
 * @param {NSType} type
 * @param {number} inode
 */
function find(places, snap, type, inode) {
  const n = snap.namespaces.find((x) => x.type === type && x.inode === inode);
  return places.letters[`${type}:${inode}:${n?.id ?? 0}`] ?? '?';
}

/**
 * @param {Places} places
 * @param {NSType} type
 */
function letter(places, type) {
  const n = places.given[type] ?? 0;
  places.given[type] = n + 1;
  const name = String.fromCharCode(65 + (n % 26));
  return n < 26 ? name : name + String(Math.floor(n / 26) + 1);
}
