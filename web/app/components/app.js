import { useEffect, useState } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { pageKey } from '../keys.js';
import { documentTitle } from '../page.js';
import { Bar } from './bar.js';
import { Catalogue } from './catalogue.js';
import { Live, Notices } from './notices.js';
import { Sheets } from './sheets.js';
import { Workspace } from './workspace.js';

/** The whole page, or the storybook in its place. */
export function App() {
  const route = useStore((s) => s.route);
  if (route.name === 'storybook') return html`<${Later} load=${() => import('../storybook/storybook.js')} />`;
  return html`<${Frame} />`;
}

/** The page as its state says. */
export function Frame() {
  const route = useStore((s) => s.route);
  const title = useStore(documentTitle);
  useEffect(() => { document.title = title; }, [title]);
  useKeys();
  const inside = route.name === 'lab' || route.name === 'shell';
  return html`
    <div class=${inside ? 'page-fixed' : ''}>
      ${inside && html`
        <${Skip} to=".lesson h2, .lesson" text=${words.skipLesson} />
        <${Skip} to=".terminals .xterm-helper-textarea" text=${words.skipTerminal} />`}
      <${Bar} />
      ${inside && html`<${Workspace} />`}
      ${route.name === 'catalogue' && html`<${Catalogue} />`}
      ${route.name === 'missing' && html`<${Missing} />`}
    </div>
    <${Sheets} /><${Notices} /><${Live} />`;
}

/** @param {{to: string, text: string}} props */
function Skip({ to, text }) {
  return html`<button type="button" class="skip button primary" onClick=${() => /** @type {HTMLElement|null} */ (document.querySelector(to))?.focus()}>${text}</button>`;
}

function Missing() {
  const page = usePage();
  return html`
    <main class="catalogue" data-region tabindex="-1">
      <section class="panel">
        <h2>${words.problem.missing}</h2>
        <div class="panel-foot"><a class="button primary" href=${page.base}>${words.back}</a></div>
      </section>
    </main>`;
}

/** A part that is fetched when it is wanted. @param {{load: () => Promise<{default: any}>}} props */
function Later({ load }) {
  const [part, set] = useState(/** @type {{default: any}|null} */ (null));
  useEffect(() => { void load().then(set); }, []);
  return part && html`<${part.default} />`;
}

/** Keys that work everywhere: F6 through the regions, "?" for the sheet, Ctrl+Shift+↓ into the terminal. */
function useKeys() {
  const page = usePage();
  useEffect(() => {
    /** @param {KeyboardEvent} e */
    const onKey = (e) => {
      const does = pageKey(e);
      if (does === '') return;
      if (does !== 'sheet') e.preventDefault();
      if (does === 'sheet') page.showSheet('keys');
      else if (does === 'terminal') page.focusTerminal();
      else nextRegion(does === 'region-before' ? -1 : 1, page);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [page]);
}

/**
 * Puts the focus into the next region of the page.
 *
 * @param {1|-1} by
 * @param {import('../page.js').Page} page
 */
function nextRegion(by, page) {
  const regions = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-region]')]);
  const here = regions.findIndex((r) => r.contains(document.activeElement));
  const next = regions[(here + by + regions.length) % regions.length];
  if (next?.matches('.terminals')) page.focusTerminal();
  else if (next?.matches('.lesson')) page.showPane('lesson');
  if (next && !next.matches('.terminals')) requestAnimationFrame(() => next.focus());
}
