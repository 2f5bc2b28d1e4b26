import { useEffect, useRef } from 'preact/hooks';
import { usePage } from '../hooks.js';
import { html } from '../html.js';

/**
 * The place where one shell's screen is shown. The screen itself belongs to
 * page.terminals and outlives this component.
 *
 * @param {{shell: import('../state/types.js').Shell}} props
 */
export function TerminalView({ shell }) {
  const page = usePage();
  const ref = useRef(/** @type {HTMLDivElement|null} */ (null));
  useEffect(() => {
    const screen = page.terminals.screen(shell.id);
    if (!screen || !ref.current) return undefined;
    return screen.show(ref.current);
  }, [shell.id, page]);
  return html`<div class="terminal-view" ref=${ref}></div>`;
}
