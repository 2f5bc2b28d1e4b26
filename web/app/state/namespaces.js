/** @typedef {import('./types.js').NSType} NSType */

/**
 * The eight types in the order in which people and the page list them. The
 * place in this order is half of what a strip says; colour is the other half.
 *
 * @type {readonly NSType[]}
 */
export const NS_TYPES = ['mnt', 'uts', 'ipc', 'pid', 'net', 'user', 'cgroup', 'time'];

/**
 * Sorts types into display order and drops what is no type.
 *
 * @param {readonly string[]} types
 * @returns {NSType[]}
 */
export function inOrder(types) {
  return NS_TYPES.filter((t) => types.includes(t));
}
