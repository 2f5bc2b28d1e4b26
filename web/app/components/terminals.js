import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../../words.js';
import { NARROW, useMedia, usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { SandboxState } from './sandbox-state.js';
import { Places } from './places.js';
import { SearchBar } from './search-bar.js';
import { ShellBanner } from './shell-banner.js';
import { Strip } from './strip.js';
import { TerminalTabs, useWhere } from './terminal-tabs.js';
import { TerminalView } from './terminal-view.js';

/**
 * The terminals' side: one for each shell, as tabs or side by side.
 *
 * @param {{alone?: boolean}} props alone: without a lesson, the page's main part
 */
export function Terminals({ alone = false }) {
  const life = useStore((s) => s.life);
  const sandbox = useStore((s) => s.sandbox);
  const active = useStore((s) => s.active);
  const hidden = useStore((s) => s.hidden);
  const layout = useStore((s) => s.settings.layout);
  const narrow = useMedia(NARROW);
  const page = usePage();
  const [searching, setSearching] = useState(false);
  const shells = (sandbox?.shells ?? []).filter((s) => !hidden.includes(s.id));

  useEffect(() => {
    page.onTerminalKey = (shell, key) => {
      const i = shells.findIndex((s) => s.id === shell);
      const to = key === 'before' ? shells.at(i - 1) : key === 'after' ? shells[(i + 1) % shells.length] : undefined;
      if (key === 'search') setSearching(true);
      else if (key === 'leave') leaveTerminal(page);
      else if (to) {
        page.activate(to.id);
        requestAnimationFrame(() => page.terminals.screen(to.id)?.focus());
      }
    };
    return () => { page.onTerminalKey = null; };
  });

  // The focus waited here for a terminal.
  const root = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    if (life.status === 'running' && active && document.activeElement === root.current) page.focusTerminal();
  }, [life.status, active, page]);

  const showSplit = layout === 'split' && !narrow && shells.length > 1;
  const visible = showSplit ? shells : shells.filter((s) => s.id === active);
  return html`
    <${alone ? 'main' : 'section'} class="terminals" data-region tabindex="-1" ref=${root} aria-label=${words.terminal.region}>
      ${sandbox && html`
        <${TerminalTabs} shells=${shells} active=${active} split=${showSplit} onSearch=${() => setSearching(true)} />`}
      ${searching && active && html`<${SearchBar} shell=${active} onClose=${() => { setSearching(false); page.terminals.screen(active)?.focus(); }} />`}
      <div class=${showSplit ? 'terminal-grid split' : 'terminal-grid'}>
        ${visible.map((s) => html`
          <div class=${`terminal-cell ${s.id === active ? 'active' : ''}`} key=${`${sandbox?.id}/${s.id}`} id=${`panel-${s.id}`} role="tabpanel" aria-label=${words.terminal.of(s.title)}
            onFocusIn=${() => s.id !== active && page.activate(s.id)}>
            ${showSplit && html`<${CellTitle} shell=${s} />`}
            <${TerminalView} shell=${s} />
            <${ShellBanner} shell=${s} />
            ${life.status === 'running' && html`<${Places} shell=${s} />`}
          </div>`)}
        ${life.status === 'running' && shells.length === 0 && html`<p class="no-shell">${words.terminal.none}</p>`}
        <${SandboxState} />
      </div>
    <//>`;
}

/** @param {{shell: import('../state/types.js').Shell}} props */
function CellTitle({ shell }) {
  return html`<p class="cell-title"><${Strip} types=${useWhere(shell)} />${shell.title}</p>`;
}

/** Puts the focus from the terminal into the lesson, or the bar where there is none. @param {import('../page.js').Page} page */
function leaveTerminal(page) {
  page.showPane('lesson');
  requestAnimationFrame(() => {
    const to = /** @type {HTMLElement|null} */ (document.querySelector('.lesson h2') ?? document.querySelector('.lesson, .bar'));
    to?.focus();
  });
}
