import { useEffect, useState } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { Icon } from './icon.js';
import { Markup } from './markup.js';
import { Strip } from './strip.js';

/** How long "Copied" stays. */
const COPIED_MS = 1600;

/**
 * A command to run: a click types it into its shell or copies it.
 *
 * @param {{command: import('../state/types.js').Command}} props
 */
export function CommandBlock({ command }) {
  const page = usePage();
  const running = useStore((s) => s.life.status) === 'running';
  const shells = useStore((s) => s.sandbox?.shells);
  const busy = useStore((s) => s.busy[`type:${command.id}`] ?? false);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const target = shells?.findLast((s) => s.title === command.shell);
  const many = (shells?.length ?? 0) > 1;
  return html`
    <div class="command">
      <${Markup} html=${command.html} class="command-text" />
      <div class="command-foot">
        ${command.shell && html`<span class="command-shell">${target && html`<${Strip} types=${target.namespaces} />`}${command.shell}</span>`}
        <button type="button" class="button quiet" onClick=${async () => setCopied(await page.machine.copy(command))}>
          ${copied ? html`<${Icon} name="check" />${words.command.copied}` : html`<${Icon} name="copy" />${words.command.copy}`}
        </button>
        <button type="button" class="button" disabled=${!running || busy} onClick=${() => page.machine.type(command.id)}
          aria-label=${many && command.shell ? words.command.typeIn(command.shell) : undefined}>
          <${Icon} name="enter" />${words.command.type}
        </button>
      </div>
    </div>`;
}
