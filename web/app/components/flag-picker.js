import { words } from '../../words.js';
import { html } from '../html.js';
import { NS_TYPES, inOrder } from '../state/namespaces.js';

/**
 * The eight types as switches: the flags of clone(2).
 *
 * @param {{label: string, value: string[], onChange: (types: string[]) => void}} props
 */
export function FlagPicker({ label, value, onChange }) {
  /** @param {string} t */
  const toggle = (t) => onChange(inOrder(value.includes(t) ? value.filter((x) => x !== t) : [...value, t]));
  return html`
    <fieldset class="flags">
      <legend class="hidden">${label}</legend>
      ${NS_TYPES.map((t) => html`
        <label class="flag" data-ns=${t} title=${words.ns[t].is}>
          <input type="checkbox" checked=${value.includes(t)} onChange=${() => toggle(t)} />
          <span class=${value.includes(t) ? 'cell on' : 'cell'} data-ns=${t}></span>
          <span>${t}</span>
        </label>`)}
    </fieldset>`;
}
