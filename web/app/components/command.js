import { useEffect, useState } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { Icon } from './icon.js';
import { Markup } from './markup.js';

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
  const many = command.shell && (shells?.length ?? 0) > 1;
  return html`
    <div class="command">
      <div class="command-text"><span class="command-prompt" data-ns=${target?.namespaces[0]} aria-hidden="true">$</span><${Markup} html=${command.html} /></div>
      <div class="command-foot">
        <button type="button" class="button quiet square" aria-label=${copied ? words.command.copied : words.command.copy} title=${words.command.copy}
          onClick=${async () => setCopied(await page.shells.copy(command))}><${Icon} name=${copied ? 'check' : 'copy'} /></button>
        <button type="button" class="button" disabled=${!running || busy} onClick=${(/** @type {MouseEvent} */ e) => page.shells.type(command.id, byPointer(e))}>
          <${Icon} name="enter" />${many ? words.command.typeIn(command.shell) : words.command.type}
        </button>
      </div>
    </div>`;
}

/**
 * Whether a click came from a pointer. Who works with the keyboard keeps the
 * focus in the lesson; Ctrl+Shift+↓ follows into the terminal.
 *
 * @param {MouseEvent} e
 */
export function byPointer(e) {
  return e.detail > 0;
}
