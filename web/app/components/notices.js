import { words } from '../../words.js';
import { useCountdown, usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { Icon } from './icon.js';

/** What the learner should know now, until they dismiss it. */
export function Notices() {
  const notices = useStore((s) => s.notices);
  const page = usePage();
  return html`
    <div class="notices" role="region" aria-label=${words.notice.region}>
      ${notices.map((n) => html`
        <div class="notice" key=${n.id}>
          <p>${n.text}</p>
          <button type="button" class="button quiet square" aria-label=${words.notice.dismiss} onClick=${() => page.dismiss(n.id)}><${Icon} name="close" /></button>
        </div>`)}
    </div>`;
}

/** Says to screen readers what turned. */
export function Live() {
  const said = useStore((s) => s.said);
  // Two regions in turn, so that the same words twice are said twice.
  return html`
    <div class="hidden" aria-live="polite">${said.id % 2 === 0 ? said.text : ''}</div>
    <div class="hidden" aria-live="polite">${said.id % 2 === 1 ? said.text : ''}</div>`;
}

/** The bar that says that the server is away, and when the page tries again. */
export function LostBar() {
  const events = useStore((s) => s.events);
  const running = useStore((s) => s.life.status) === 'running';
  const page = usePage();
  const lost = running && events.tries > 1 && events.state !== 'open' && events.state !== 'closed';
  const wait = useCountdown(lost ? events.retryAt : 0);
  if (!lost) return null;
  return html`
    <div class="lost-bar" role="status">
      <p><b>${words.events.lost}</b> ${words.events.kept} ${words.events.next(wait)}</p>
      <button type="button" class="button" onClick=${() => page.machine.retryNow()}>${words.events.now}</button>
    </div>`;
}
