import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { ThemeSwitch } from './bar.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';

/** What can be done with the whole machine, and the page's own settings. */
export function MachineMenu() {
  const running = useStore((s) => s.life.status) === 'running';
  const hasLab = useStore((s) => Boolean(s.sandbox?.lab));
  const sandbox = useStore((s) => s.sandbox);
  const page = usePage();
  const canExtend = sandbox && Date.parse(sandbox.latest) - Date.parse(sandbox.expires) > 1000;
  return html`
    <${Menu} name=${words.machine.menu} class="button quiet square" label=${html`<${Icon} name="more" />`}>
      ${(/** @type {() => void} */ close) => html`
        ${running && canExtend && html`<button type="button" class="button quiet" onClick=${() => { close(); void page.machine.extend(); }}>${words.clock.extend}</button>`}
        ${running && hasLab && html`<button type="button" class="button quiet" onClick=${() => { close(); page.showSheet('reset'); }}>${words.machine.reset}</button>`}
        ${running && html`<button type="button" class="button quiet" onClick=${() => { close(); page.showSheet('end'); }}>${words.machine.end}</button>`}
        <button type="button" class="button quiet" onClick=${() => { close(); page.showSheet('keys'); }}>${words.keys.open}</button>
        <${ThemeSwitch} />`}
    <//>`;
}
