import { words } from '../../words.js';
import { html } from '../html.js';

/**
 * Says what went wrong and what to do: for a missing token how to get in, for
 * everything else the server's own sentence and another try.
 *
 * @param {{title: string, problem: import('../state/types.js').Problem, onRetry: () => void}} props
 */
export function Problem({ title, problem, onRetry }) {
  if (problem.status === 401) return html`<${Unauthorised} onRetry=${onRetry} />`;
  return html`
    <section class="panel" role="alert">
      <h2>${title}</h2>
      <p>${problem.detail}</p>
      <div class="panel-foot"><button type="button" class="button primary" onClick=${onRetry}>${words.retry}</button></div>
    </section>`;
}

/** @param {{onRetry: () => void}} props */
function Unauthorised({ onRetry }) {
  return html`
    <section class="panel" role="alert">
      <h2>${words.problem.unauthorised}</h2>
      <p>${words.problem.unauthorisedText}</p>
      <p class="panel-sample"><code>${words.problem.unauthorisedSample}</code></p>
      <p>${words.problem.unauthorisedWhy}</p>
      <div class="panel-foot"><button type="button" class="button primary" onClick=${onRetry}>${words.retry}</button></div>
    </section>`;
}
