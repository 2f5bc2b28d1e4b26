import { useState } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { NS_TYPES, inOrder } from '../state/namespaces.js';
import { FlagPicker } from './flag-picker.js';
import { Icon } from './icon.js';
import { Problem } from './problem.js';
import { Chip, Strip } from './strip.js';

/** @typedef {import('../state/types.js').LabCard} LabCard */

/** The first page: what there is to learn, how far one is, and a plain shell. */
export function Catalogue() {
  const catalogue = useStore((s) => s.catalogue);
  const page = usePage();
  if (catalogue.status === 'failed' && catalogue.problem) {
    return html`<main class="catalogue" data-region tabindex="-1">
      <h1 class="hidden">${words.name}</h1>
      <${Problem} title=${words.problem.catalogue} problem=${catalogue.problem} onRetry=${() => page.retry()} />
    </main>`;
  }
  return html`
    <main class="catalogue" data-region tabindex="-1">
      <section class="intro">
        <h1>${words.catalogue.title}</h1>
        <p>${words.catalogue.lead}</p>
        <${Legend} />
      </section>
      ${catalogue.status === 'loading' && html`<p class="quiet-line" role="status">${words.catalogue.loading}</p>`}
      ${catalogue.status === 'ready' && catalogue.labs.length === 0 && html`<p class="quiet-line">${words.catalogue.empty}</p>`}
      ${byTrack(catalogue).map(({ id, title, labs }) => html`
        <section class="track" key=${id} aria-labelledby=${`track-${id}`}>
          <h2 id=${`track-${id}`}>${title}</h2>
          <ol class="cards">${labs.map((lab, i) => html`<${LabItem} key=${lab.id} lab=${lab} all=${catalogue.labs} number=${i + 1}
            running=${catalogue.running.some((s) => s.lab === lab.id)} />`)}</ol>
        </section>`)}
      ${catalogue.status === 'ready' && html`<${PlainShell} />`}
    </main>`;
}

/** The eight types by place, colour, name and meaning. */
function Legend() {
  return html`
    <figure class="legend">
      <ul>${NS_TYPES.map((t) => html`<li data-ns=${t}><b>${t}</b><span>${words.ns[t].is}</span></li>`)}</ul>
      <figcaption>${words.catalogue.legend}</figcaption>
    </figure>`;
}

/** @param {{lab: LabCard, all: LabCard[], number: number, running: boolean}} props */
function LabItem({ lab, all, number, running }) {
  const page = usePage();
  const done = lab.items > 0 && lab.passed >= lab.items;
  const titleOf = (/** @type {string} */ id) => all.find((l) => l.id === id);
  const missing = lab.prerequisites.map(titleOf).filter((l) => l && (l.items === 0 || l.passed < l.items));
  return html`
    <li class=${`card ${done ? 'done' : ''}`} data-ns=${lab.namespaces[0]}>
      <div class="card-head">
        <span class="card-number">${number}</span>
        <${Strip} types=${lab.namespaces} label=${words.strip.about(lab.namespaces)} size="large" />
      </div>
      <h3>${lab.broken ? lab.title : html`<a href=${`${page.base}labs/${encodeURIComponent(lab.id)}`}>${lab.title}</a>`}</h3>
      <p>${lab.broken ? words.catalogue.broken : lab.summary}</p>
      ${missing.length > 0 && html`<p class="card-first">${words.catalogue.first} ${missing.map((l, i) => `${i ? ', ' : ''}${l?.title}`)}</p>`}
      <div class="card-foot">
        <span class="card-chips">${lab.namespaces.length === NS_TYPES.length
            ? words.catalogue.allTypes
            : inOrder(lab.namespaces).map((t) => html`<${Chip} type=${t} />`)}</span>
        <span class="card-facts">
          <span>${running ? words.catalogue.running : words.catalogue.minutes(lab.minutes)}</span>
          ${done
            ? html`<span class="card-done"><${Icon} name="check" />${words.catalogue.done}</span>`
            : lab.passed > 0 && html`<span>${words.catalogue.progress(lab.passed, lab.items)}</span>`}
        </span>
      </div>
      <div class="card-progress" aria-hidden="true">${Array.from({ length: lab.items }, (_, i) => html`<i class=${i < lab.passed ? 'on' : ''}></i>`)}</div>
    </li>`;
}

function PlainShell() {
  const page = usePage();
  const [flags, setFlags] = useState(/** @type {string[]} */ ([]));
  const running = useStore((s) => s.catalogue.running);
  /** @param {Event} e */
  const onSubmit = (e) => {
    e.preventDefault();
    page.openPlain(flags);
  };
  return html`
    <section class="plain" aria-labelledby="plain">
      <div>
        <h2 id="plain">${words.catalogue.plainTitle}</h2>
        <p>${words.catalogue.plainText}</p>
        ${running.filter((s) => !s.lab).map((s) => html`
          <p class="plain-running" key=${s.id}><a href=${`${page.base}shell?sandbox=${encodeURIComponent(s.id)}`}>${words.catalogue.plainBack(s.shells.map((x) => x.title))}</a></p>`)}
      </div>
      <form onSubmit=${onSubmit}>
        <${FlagPicker} label=${words.catalogue.plainFlags} value=${flags} onChange=${setFlags} />
        <button type="submit" class="button primary">${words.catalogue.plainOpen}</button>
      </form>
    </section>`;
}

/** @param {import('../state/types.js').State['catalogue']} c */
function byTrack({ labs, tracks }) {
  const known = new Set(tracks.map((t) => t.id));
  const all = [...tracks, { id: '', title: words.catalogue.otherTrack }];
  return all
    .map((t) => ({ ...t, labs: labs.filter((l) => (t.id ? l.track === t.id : !known.has(l.track))) }))
    .filter((t) => t.labs.length > 0);
}
