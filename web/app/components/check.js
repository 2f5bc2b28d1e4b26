import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { itemNumber } from '../state/progress.js';
import { byPointer } from './command.js';
import { Icon } from './icon.js';
import { Markup } from './markup.js';

/**
 * One exercise: its goal, whether the kernel agrees, what it says, and help in
 * growing measure: hints one by one, what was noticed, a solution.
 *
 * @param {{check: import('../state/types.js').Check}} props
 */
export function CheckBlock({ check }) {
  const state = useStore((s) => s.sandbox?.checks.find((c) => c.id === check.id));
  const awaited = useStore((s) => s.life.status === 'none' || s.life.status === 'starting'); // its place is kept
  const number = useStore((s) => itemNumber(s.lesson.lab, check.id));
  const passedEver = useStore((s) => s.lesson.lab?.passed.includes(check.id) ?? false);
  const fresh = useStore((s) => s.fresh[check.id] ?? false);
  const passed = Boolean(state?.passed);
  const lost = check.holds && passed && !state?.met;
  const done = check.holds ? Boolean(state?.met) : passed;
  const before = !passed && passedEver;
  const status = lost ? words.check.lost : done ? words.check.met : before ? words.check.earlier : words.check.open;
  return html`
    <section class=${`check ${done ? 'done' : ''} ${before && !done ? 'before' : ''} ${lost ? 'lost' : ''} ${fresh ? 'fresh' : ''}`}
      id=${`check-${check.id}`} aria-label=${words.check.label(number)}>
      <span class="check-mark" aria-hidden="true">${(done || before) && html`<${Icon} name="check" />`}</span>
      <div class="check-body">
        <p class="check-status">${words.check.label(number)}<span>${status}</span></p>
        <${Markup} html=${check.html} class="check-goal" />
        ${(state?.saw || awaited) && html`<p class="check-saw"><span>${words.check.saw}</span><code>${state?.saw || words.check.awaited}</code></p>`}
        ${!done && state?.hints.map((h, i) => html`<div class="check-noticed" key=${i} role="status"><b>${words.check.noticed}</b><${Markup} html=${h} /></div>`)}
        <${Help} check=${check} done=${done} />
      </div>
    </section>`;
}

/** @param {{check: import('../state/types.js').Check, done: boolean}} props */
function Help({ check, done }) {
  const page = usePage();
  const shown = useStore((s) => s.revealed[check.id] ?? 0);
  const running = useStore((s) => s.life.status) === 'running';
  const busy = useStore((s) => s.busy[`type:${check.id}`] ?? false);
  return html`
    ${check.hints.slice(0, shown).map((h, i) => html`<div class="check-hint" key=${i}><${Markup} html=${h} /></div>`)}
    <div class="check-help">
      ${!done && shown < check.hints.length && html`
        <button type="button" class="button" onClick=${() => page.reveal(check.id, shown + 1)}>${words.check.hint(shown + 1, check.hints.length)}</button>`}
      ${check.solution.length > 0 && html`
        <details class="solution">
          <summary>${words.check.solution}</summary>
          <ol>${check.solution.map((l) => html`<li>${l.shell && html`<span>${l.shell}</span>`}<code>${l.text}</code></li>`)}</ol>
          <button type="button" class="button" disabled=${!running || busy} onClick=${(/** @type {MouseEvent} */ e) => page.shells.type(check.id, byPointer(e))}>
            <${Icon} name="enter" />${words.check.typeAll}
          </button>
        </details>`}
    </div>`;
}
