import { NOWHERE } from './places.js';

/** @typedef {import('./types.js').State} State */

/** @type {import('./types.js').Link} */
export const CLOSED = { state: 'closed', retryAt: 0, tries: 0 };

/** @type {import('./types.js').Life} */
export const NO_LIFE = { status: 'none', retryAt: 0, problem: null, ended: null };

/** What belongs to one sandbox and goes with it. */
export const NO_SANDBOX = {
  life: NO_LIFE, sandbox: null, events: CLOSED, ttys: {}, snapshot: null, places: NOWHERE, active: '', hidden: [],
  fresh: {}, explained: {}, busy: {},
};

/** @returns {State} */
export function initialState() {
  return {
    route: { name: 'catalogue' },
    catalogue: { status: 'loading', labs: [], tracks: [], running: [], problem: null },
    lesson: { status: 'none', lab: null, problem: null },
    ...NO_SANDBOX,
    revealed: {},
    pane: 'lesson',
    sheet: '',
    notices: [],
    said: { id: 0, text: '' },
    settings: { theme: 'system', fontSize: 14, screenReader: false, split: 44, layout: 'tabs', clipboard: false },
  };
}

/** @type {import('./types.js').Tty} */
export const NEW_TTY = { link: { state: 'connecting', retryAt: 0, tries: 0 }, title: '', exit: null, clipboard: '' };
