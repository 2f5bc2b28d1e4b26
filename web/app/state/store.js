/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./reduce.js').Event} Event
 */

/**
 * The one place where the page's state lives. Events go in, a new state comes
 * out, subscribers are told. State flows in no other way.
 *
 * @param {(state: State, event: Event) => State} reduce
 * @param {State} initial
 */
export function createStore(reduce, initial) {
  let state = initial;
  /** @type {Set<() => void>} */
  const subscribers = new Set();
  return {
    get: () => state,

    /** @param {Event} event */
    dispatch(event) {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      for (const f of [...subscribers]) f();
    },

    /**
     * Calls f after every change, until the function returned is called.
     *
     * @param {() => void} f
     * @returns {() => void}
     */
    subscribe(f) {
      subscribers.add(f);
      return () => subscribers.delete(f);
    },
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */
