import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/**
 * @typedef {import('./state/types.js').State} State
 * @typedef {{store: import('./state/store.js').Store, page: import('./page.js').Page}} App
 */

export const AppContext = createContext(/** @type {App} */ (/** @type {unknown} */ (null)));

/** What the page can do. */
export const usePage = () => useContext(AppContext).page;

/**
 * A part of the state; the component draws again when that part changes.
 *
 * @template T
 * @param {(s: State) => T} select returns a part of the state as it is, not something made anew
 * @returns {T}
 */
export function useStore(select) {
  const { store } = useContext(AppContext);
  const [value, set] = useState(() => select(store.get()));
  const latest = useRef(select);
  latest.current = select;
  useLayoutEffect(() => {
    const update = () => set(() => latest.current(store.get()));
    update();
    return store.subscribe(update);
  }, [store]);
  return value;
}

/**
 * The time of the server's clock; the component draws again every second while
 * active.
 *
 * @param {boolean} active
 * @returns {number} milliseconds since the epoch
 */
export function useClock(active) {
  const page = usePage();
  const [, tick] = useState(0);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [active]);
  return page.now();
}

/**
 * Whole seconds until a moment of the browser's clock; 0 when it is past.
 *
 * @param {number} at milliseconds since the epoch, 0 for none
 * @returns {number}
 */
export function useCountdown(at) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!at) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 500);
    return () => clearInterval(timer);
  }, [at]);
  return at ? Math.max(0, Math.ceil((at - Date.now()) / 1000)) : 0;
}

/**
 * Whether a media query holds.
 *
 * @param {string} query
 * @returns {boolean}
 */
export function useMedia(query) {
  const [holds, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const m = matchMedia(query);
    const update = () => set(m.matches);
    update();
    m.addEventListener('change', update);
    return () => m.removeEventListener('change', update);
  }, [query]);
  return holds;
}

/**
 * Gives the focus back when what has it goes off the page: to where it came
 * from or, when that is gone too, to the terminal.
 *
 * @returns {{ref: import('preact').RefObject<HTMLDivElement|null>, onFocusIn: (e: FocusEvent) => void}} properties of the
 *   element that goes, which is its component's own
 */
export function useFocusBack() {
  const page = usePage();
  const ref = useRef(/** @type {HTMLDivElement|null} */ (null));
  const from = useRef(/** @type {EventTarget|null} */ (null));
  useLayoutEffect(() => () => {
    if (!ref.current?.contains(document.activeElement)) return;
    if (from.current instanceof HTMLElement && from.current.isConnected) from.current.focus();
    else page.focusTerminal();
  }, [page]);
  return {
    ref,
    onFocusIn: (e) => {
      if (!ref.current?.contains(/** @type {Node|null} */ (e.relatedTarget))) from.current = e.relatedTarget;
    },
  };
}

/** Below this width the lesson and the terminal take turns. The style sheets say the same number. */
export const NARROW = '(max-width: 859px)';
