import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { mayExtend } from '../state/progress.js';
import { ThemeSwitch } from './bar.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';

/** What can be done with the whole sandbox, and the page's own settings. */
export function SandboxMenu() {
  const running = useStore((s) => s.life.status) === 'running';
  const hasLab = useStore((s) => Boolean(s.sandbox?.lab));
  const sandbox = useStore((s) => s.sandbox);
  const page = usePage();
  const canExtend = mayExtend(sandbox);
  return html`
    <${Menu} name=${words.sandbox.menu} class="button quiet square" label=${html`<${Icon} name="more" />`}>
      ${(/** @type {() => void} */ close) => html`
        ${running && canExtend && html`<button type="button" class="button quiet" onClick=${() => { close(); void page.sandbox.extend(); }}>${words.clock.extend}</button>`}
        ${running && hasLab && html`<button type="button" class="button quiet" onClick=${() => { close(); page.showSheet('reset'); }}>${words.sandbox.reset}</button>`}
        ${running && html`<button type="button" class="button quiet" onClick=${() => { close(); page.showSheet('end'); }}>${words.sandbox.end}</button>`}
        <button type="button" class="button quiet" onClick=${() => { close(); page.showSheet('keys'); }}>${words.keys.open}</button>
        <${ThemeSwitch} />`}
    <//>`;
}
