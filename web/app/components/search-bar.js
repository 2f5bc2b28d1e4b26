import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage } from '../hooks.js';
import { html } from '../html.js';
import { Icon } from './icon.js';

/**
 * Search in one terminal. Enter goes on, Shift Enter back, Escape closes.
 *
 * @param {{shell: string, onClose: () => void}} props
 */
export function SearchBar({ shell, onClose }) {
  const page = usePage();
  const [text, setText] = useState('');
  const [found, setFound] = useState({ i: 0, n: 0 });
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  useEffect(() => {
    input.current?.focus();
    page.onMatches = (i, n) => setFound({ i, n });
    return () => {
      page.onMatches = null;
      page.terminals.screen(shell)?.find('', false);
    };
  }, [shell, page]);
  /** @param {boolean} back @param {string} [what] */
  const find = (back, what = text) => page.terminals.screen(shell)?.find(what, back);
  /** @param {KeyboardEvent} e */
  const onKeyDown = (e) => {
    if (e.key === 'Escape') onClose();
    else if (e.key === 'Enter') find(e.shiftKey);
    else return;
    e.preventDefault();
  };
  return html`
    <div class="search" role="search" onKeyDown=${onKeyDown}>
      <input class="field" type="text" ref=${input} aria-label=${words.terminal.searchLabel} placeholder=${words.terminal.searchLabel} spellcheck=${false} value=${text}
        onInput=${(/** @type {any} */ e) => { setText(e.target.value); find(false, e.target.value); }} />
      <span role="status">${text && words.terminal.matches(found.i, found.n)}</span>
      <button type="button" class="button quiet square" aria-label=${words.terminal.searchPrevious} onClick=${() => find(true)}><${Icon} name="up" /></button>
      <button type="button" class="button quiet square" aria-label=${words.terminal.searchNext} onClick=${() => find(false)}><${Icon} name="down" /></button>
      <button type="button" class="button quiet square" aria-label=${words.close} onClick=${onClose}><${Icon} name="close" /></button>
    </div>`;
}
