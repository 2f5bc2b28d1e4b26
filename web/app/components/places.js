import { words } from '../../words.js';
import { useStore } from '../hooks.js';
import { html } from '../html.js';
import { NS_TYPES } from '../state/namespaces.js';

/**
 * Where a shell is now: eight cells that say, for each type, whether it is in
 * the lab's own namespace or in another, and in which. Follows the learner
 * into what they enter. It is there before that is known, so that the terminal
 * above keeps its size.
 *
 * @param {{shell: import('../state/types.js').Shell}} props
 */
export function Places({ shell }) {
  const at = useStore((s) => s.places.shells[shell.id]);
  return html`
    <div class="places">
    <span class="places-caption" aria-hidden="true">${words.places.caption(shell.title)}</span>
    <dl aria-label=${words.places.label(shell.title)}>
      ${NS_TYPES.map((t) => {
        const letter = at?.[t] ?? '';
        return html`
          <div class=${letter ? 'place own' : 'place'} data-ns=${t} key=${t} title=${at && (letter ? words.places.own(t, letter) : words.places.host(t))}>
            <dt>${t}</dt><dd>${at ? letter || words.places.lab : words.places.unknown}</dd>
          </div>`;
      })}
    </dl></div>`;
}
