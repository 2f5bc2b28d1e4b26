import { words } from '../../words.js';
import { NARROW, useMedia, usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { Divider } from './divider.js';
import { Lesson } from './lesson.js';
import { Marks } from './marks.js';
import { Terminals } from './terminals.js';

/** A lesson beside its terminals, or the terminals alone. Where there is no room for both, they take turns. */
export function Workspace() {
  const route = useStore((s) => s.route);
  const pane = useStore((s) => s.pane);
  const split = useStore((s) => s.settings.split);
  const narrow = useMedia(NARROW);
  const failed = useStore((s) => s.lesson.status) === 'failed';
  if (route.name === 'lab' && failed) return html`<div class="workspace alone"><${Lesson} /></div>`;
  if (route.name === 'shell') return html`<div class="workspace alone"><${Terminals} alone /></div>`;
  return html`
    <div class="workspace" data-pane=${pane} style=${{ '--split': `${split}%` }}>
      <${Lesson} /><${Divider} /><${Terminals} />
    </div>
    ${narrow && html`<${Switch} pane=${pane} />`}`;
}

/** @param {{pane: 'lesson'|'terminal'}} props */
function Switch({ pane }) {
  const page = usePage();
  return html`
    <nav class="switch" aria-label=${words.pane.switch}>
      <button type="button" aria-pressed=${pane === 'lesson'} onClick=${() => page.showPane('lesson')}>${words.pane.lesson}<${Marks} /></button>
      <button type="button" aria-pressed=${pane === 'terminal'} onClick=${() => page.showPane('terminal')}>${words.pane.terminal}</button>
    </nav>`;
}
