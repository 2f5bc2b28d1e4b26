import { useState } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { FlagPicker } from './flag-picker.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { Strip, band } from './strip.js';

/** @typedef {import('../state/types.js').Shell} Shell */

/**
 * The row above the terminals: a tab for each shell, a way to one more, and
 * how terminals look.
 *
 * @param {{shells: Shell[], active: string, split: boolean, onSearch: () => void}} props
 */
export function TerminalTabs({ shells, active, split, onSearch }) {
  const page = usePage();
  const running = useStore((s) => s.life.status) === 'running';
  /** @param {KeyboardEvent} e */
  const onKeyDown = (e) => {
    const i = shells.findIndex((s) => s.id === active);
    const to = { ArrowLeft: shells.at(i - 1), ArrowRight: shells[(i + 1) % shells.length], Home: shells[0], End: shells.at(-1) }[e.key];
    if (!to || !(/** @type {Element} */ (e.target).matches('[role=tab]'))) return;
    e.preventDefault();
    page.activate(to.id);
    document.getElementById(`tab-${to.id}`)?.focus();
  };
  return html`
    <div class="terminal-bar">
      <div class="tabs" role="tablist" aria-label=${words.terminal.tabs} onKeyDown=${onKeyDown}>
        ${shells.map((s) => html`<${Tab} key=${s.id} shell=${s} active=${s.id === active} />`)}
      </div>
      ${running && html`<${NewShell} />`}
      <div class="terminal-tools">
        ${shells.length > 1 && html`
          <button type="button" class="button quiet square wide-only" aria-pressed=${split} aria-label=${words.terminal.split} title=${words.terminal.split}
            onClick=${() => page.set({ layout: split ? 'tabs' : 'split' })}><${Icon} name="split" /></button>`}
        <${TerminalMenu} onSearch=${onSearch} />
      </div>
    </div>`;
}

/** @param {{shell: Shell, active: boolean}} props */
function Tab({ shell, active }) {
  const page = usePage();
  const tty = useStore((s) => s.ttys[shell.id]);
  const now = useWhere(shell);
  const ended = Boolean(tty?.exit ?? shell.exit);
  const select = () => {
    page.activate(shell.id);
    requestAnimationFrame(() => page.terminals.screen(shell.id)?.focus());
  };
  return html`
    <div role="presentation" class=${`tab ${active ? 'active' : ''} ${ended ? 'ended' : ''}`} style=${{ '--band': band(now) || 'var(--ink)' }}>
      <button type="button" role="tab" id=${`tab-${shell.id}`} aria-selected=${active} aria-controls=${`panel-${shell.id}`} tabindex=${active ? 0 : -1}
        title=${tty?.title || shell.title} onClick=${select}>
        <${Strip} types=${now} />
        <span class="tab-title">${shell.title}</span>
      </button>
    </div>`;
}

function NewShell() {
  const page = usePage();
  const [flags, setFlags] = useState(/** @type {string[]} */ ([]));
  const busy = useStore((s) => s.busy.shell ?? false);
  return html`
    <${Menu} name=${words.terminal.newShell} align="start" class="button quiet square" label=${html`<${Icon} name="plus" />`}>
      ${(/** @type {() => void} */ close) => html`
        <form class="new-shell" onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); close(); void page.shells.openShell(flags); setFlags([]); }}>
          <p>${words.terminal.newTitle}</p>
          <${FlagPicker} label=${words.terminal.newTitle} value=${flags} onChange=${setFlags} />
          <button type="submit" class="button primary" disabled=${busy}>${words.terminal.open}</button>
        </form>`}
    <//>`;
}

/** @param {{onSearch: () => void}} props */
function TerminalMenu({ onSearch }) {
  const page = usePage();
  const { fontSize, screenReader } = useStore((s) => s.settings);
  /** @param {number} by */
  const size = (by) => page.set({ fontSize: Math.min(28, Math.max(10, fontSize + by)) });
  return html`
    <${Menu} name=${words.terminal.menu} class="button quiet square" label=${html`<${Icon} name="more" />`}>
      ${(/** @type {() => void} */ close) => html`
        <button type="button" class="button quiet" onClick=${() => { close(); onSearch(); }}><${Icon} name="search" />${words.terminal.search}</button>
        <div class="menu-row">
          <span>${fontSize} px</span>
          <span>
            <button type="button" class="button square" aria-label=${words.terminal.smaller} onClick=${() => size(-1)}>A−</button>
            <button type="button" class="button square" aria-label=${words.terminal.larger} onClick=${() => size(1)}>A+</button>
          </span>
        </div>
        <button type="button" class="button quiet" aria-pressed=${screenReader} onClick=${() => page.set({ screenReader: !screenReader })}>${words.terminal.reader}</button>`}
    <//>`;
}

/**
 * The types in which a shell is apart from the lab: now, as far as that is
 * known, else as it was born.
 *
 * @param {Shell} shell
 * @returns {string[]}
 */
export function useWhere(shell) {
  const places = useStore((s) => s.places.shells[shell.id]);
  return places ? Object.entries(places).filter(([, letter]) => letter).map(([type]) => type) : shell.namespaces;
}
