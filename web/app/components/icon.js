import { html } from '../html.js';

/** Strokes on a 16 × 16 grid. */
const PATHS = {
  back: 'M10 3 5 8l5 5',
  next: 'm6 3 5 5-5 5',
  plus: 'M8 3v10M3 8h10',
  close: 'm4 4 8 8m0-8-8 8',
  check: 'm3.5 8.5 3 3 6-7',
  split: 'M2.5 3h11v10h-11zM8 3v10',
  tabs: 'M2.5 5h11v8h-11zM2.5 5V3H8v2',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zm3.3-1.2 3.2 3.2',
  copy: 'M6 6h7v7H6zM3 10V3h7',
  enter: 'M13 3v5H4m3-3L4 8l3 3',
  up: 'm4 10 4-4 4 4',
  down: 'm4 6 4 4 4-4',
  warn: 'M8 2.5 14 13H2zM8 6.5v3m0 1.7v.1',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.2l2 1.3',
};

/**
 * A small drawing beside words; says nothing to screen readers.
 *
 * @param {{name: keyof typeof PATHS}} props
 */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
