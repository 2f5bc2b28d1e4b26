import { words } from '../../words.js';
import { html } from '../html.js';
import { NS_TYPES, inOrder } from '../state/namespaces.js';

/**
 * The flag word: eight cells, one for each type in its place; those given are
 * filled with their colours. Says the same to a screen reader in words.
 *
 * @param {{types: readonly string[], label?: string, size?: 'small'|'large'}} props
 */
export function Strip({ types, label, size = 'small' }) {
  return html`
    <span class=${`strip strip-${size}`} role="img" aria-label=${label ?? words.strip.born(types)}>
      ${NS_TYPES.map((t) => html`<span class=${types.includes(t) ? 'cell on' : 'cell'} data-ns=${t}></span>`)}
    </span>`;
}

/**
 * One type by name, with its colour.
 *
 * @param {{type: string}} props
 */
export function Chip({ type }) {
  return html`<span class="chip" data-ns=${type}><span class="cell on" data-ns=${type}></span>${type}</span>`;
}

/**
 * A band of the given types' colours side by side, as a background; '' for none.
 *
 * @param {readonly string[]} types
 */
export function band(types) {
  const own = inOrder(types);
  const stops = own.map((t, i) => `var(--ns-${t}) ${(100 * i) / own.length}% ${(100 * (i + 1)) / own.length}%`);
  return stops.length ? `linear-gradient(to right, ${stops.join(', ')})` : '';
}
