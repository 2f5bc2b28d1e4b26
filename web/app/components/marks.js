import { words } from '../../words.js';
import { useStore } from '../hooks.js';
import { html } from '../html.js';
import { countDone, items } from '../state/progress.js';

/** One cell for each exercise (square) and question (round), filled when passed. */
export function Marks() {
  const lab = useStore((s) => s.lesson.lab);
  const fresh = useStore((s) => s.fresh);
  if (!lab) return null;
  const all = items(lab);
  const done = countDone(lab);
  if (all.length === 0) return null;
  return html`
    <div class="marks" data-ns=${lab.namespaces[0]} role="img" aria-label=${words.lesson.progress(done, all.length)}>
      <ol aria-hidden="true">${all.map((i) => html`
        <li key=${i.id}><span class=${`cell mark-${i.kind} ${lab.passed.includes(i.id) ? 'on' : ''} ${fresh[i.id] ? 'fresh' : ''}`}></span></li>`)}
      </ol>
      <span class="marks-text" aria-hidden="true">${words.lesson.progress(done, all.length)}</span>
    </div>`;
}
