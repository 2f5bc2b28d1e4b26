import { words } from '../../words.js';
import { useStore, usePage } from '../hooks.js';
import { html } from '../html.js';
import { NS_TYPES } from '../state/namespaces.js';
import { Clock } from './clock.js';
import { SandboxMenu } from './sandbox-menu.js';
import { Marks } from './marks.js';

/** The bar at the top: where one is, how far, how long still. */
export function Bar() {
  const route = useStore((s) => s.route);
  const lab = useStore((s) => s.lesson.lab);
  const page = usePage();
  const inside = route.name === 'lab' || route.name === 'shell';
  const title = route.name === 'shell' ? words.catalogue.plainTitle : lab?.title;
  return html`
    <header class="bar" data-region tabindex="-1">
      <a class="brand" href=${page.base} aria-label=${inside ? `${words.name}: ${words.back}` : words.name}>
        <span class="brand-mark" aria-hidden="true">${NS_TYPES.map((t) => html`<i data-ns=${t}></i>`)}</span>
        <span class="brand-name">${words.name}</span>
      </a>
      ${inside && html`
        <div class="bar-title"><h1>${title ?? ''}</h1></div>
        ${lab && route.name === 'lab' && html`<${Marks} />`}
        <div class="bar-end"><${Clock} /><${SandboxMenu} /></div>`}
      ${!inside && html`<div class="bar-end">
        <${ThemeSwitch} />
        <button type="button" class="button quiet" onClick=${() => page.showSheet('keys')}>${words.keys.open}</button>
      </div>`}
    </header>`;
}

/** The choice of colours: the system's, light, dark. */
export function ThemeSwitch() {
  const theme = useStore((s) => s.settings.theme);
  const page = usePage();
  return html`
    <div class="theme" role="group" aria-label=${words.theme.label}>
      ${/** @type {const} */ (['system', 'light', 'dark']).map((t) => html`
        <button type="button" class="button quiet" aria-pressed=${theme === t} onClick=${() => page.set({ theme: t })}>${words.theme[t]}</button>`)}
    </div>`;
}
