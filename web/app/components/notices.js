import { words } from '../../words.js';
import { useCountdown, useFocusBack, usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { mayExtend } from '../state/progress.js';
import { Icon } from './icon.js';

/** What the learner should know now, until they dismiss it. */
export function Notices() {
  const notices = useStore((s) => s.notices);
  const lost = useStore(isServerLost);
  return html`
    <div class="notices" role="region" aria-label=${words.notice.region}>
      ${lost && html`<${Lost} />`}
      ${notices.map((n) => html`<${Notice} key=${n.id} notice=${n} />`)}
    </div>`;
}

/** @param {{notice: import('../state/types.js').Notice}} props */
function Notice({ notice }) {
  const canExtend = useStore((s) => mayExtend(s.sandbox));
  const page = usePage();
  return html`
    <div class="notice" ...${useFocusBack()}>
      <p>${notice.text}</p>
      ${notice.expires && canExtend && html`<button type="button" class="button" onClick=${() => page.sandbox.extend()}>${words.clock.extend}</button>`}
      <button type="button" class="button quiet square" aria-label=${words.notice.dismiss} onClick=${() => page.dismiss(notice.id)}><${Icon} name="close" /></button>
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

/** Says that the server is away, and when the page tries again. Over the page, so that no terminal changes its size. */
function Lost() {
  const events = useStore((s) => s.events);
  const page = usePage();
  const wait = useCountdown(events.retryAt);
  return html`
    <div class="notice" role="status" ...${useFocusBack()}>
      <p><b>${words.events.lost}</b> ${words.events.kept} <span aria-live="off">${words.events.next(wait)}</span></p>
      <button type="button" class="button" onClick=${() => page.sandbox.retryNow()}>${words.events.now}</button>
    </div>`;
}

/**
 * Whether the loss of the server is worth a word: the first try often ends it
 * before it could be read.
 *
 * @param {import('../state/types.js').State} s
 */
export function isServerLost(s) {
  return s.life.status === 'running' && s.events.tries > 1 && s.events.state !== 'open' && s.events.state !== 'closed';
}
