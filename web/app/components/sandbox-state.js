import { words } from '../../words.js';
import { useCountdown, usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { Problem } from './problem.js';

/** What there is instead of a running sandbox: it starts, waits for a place, could not start, or has ended. */
export function SandboxState() {
  const life = useStore((s) => s.life);
  const page = usePage();
  const wait = useCountdown(life.retryAt);
  switch (life.status) {
    case 'starting':
      return html`
        <div class="sandbox-state starting" role="status">
          <section class="panel"><h2>${words.starting.title}</h2><p>${words.starting.text}</p></section>
        </div>`;
    case 'queued':
      return html`
        <div class="sandbox-state" role="status">
          <section class="panel">
            <h2>${words.queued.title}</h2>
            <p>${life.problem?.detail}</p>
            <p>${words.queued.text}</p>
            <div class="panel-foot">
              <button type="button" class="button primary" onClick=${() => page.startAgain()}>${words.queued.now}</button>
              <p class="panel-count">${words.queued.next(wait)}</p>
            </div>
          </section>
        </div>`;
    case 'failed':
      return life.problem && html`
        <div class="sandbox-state"><${Problem} title=${words.failed.title} problem=${life.problem} onRetry=${() => page.startAgain()} /></div>`;
    case 'ended':
      return life.ended && html`
        <div class="sandbox-state over" role="alert">
          <section class="panel">
            <h2>${words.ended.title(life.ended.reason)}</h2>
            <p>${detail(life.ended)} ${words.ended.stays}</p>
            <div class="panel-foot">
              <button type="button" class="button primary" onClick=${() => page.startAgain()}>${words.ended.again}</button>
              <a class="button" href=${page.base}>${words.back}</a>
            </div>
          </section>
        </div>`;
    default:
      return null;
  }
}

/**
 * The server's sentence about an end, unless it says no more than the title.
 *
 * @param {import('../state/types.js').Ended} why
 */
function detail(why) {
  return why.detail.replace(/\.$/, '') === words.ended.title(why.reason) ? '' : why.detail;
}
