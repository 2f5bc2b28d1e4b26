import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../../words.js';
import { html } from '../html.js';
import { Icon } from './icon.js';

/**
 * A modal sheet. The browser keeps the focus in it and gives it back.
 *
 * @param {{title: string, onClose: () => void, children: import('preact').ComponentChildren}} props
 */
export function Dialog({ title, onClose, children }) {
  const ref = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const id = useId();
  useLayoutEffect(() => {
    const el = ref.current;
    if (!el?.open) el?.showModal();
    return () => el?.close(); // taken off while open, it would not give the focus back
  }, []);
  /** @param {MouseEvent} e */
  const onClick = (e) => {
    if (e.target === ref.current) onClose(); // the backdrop
  };
  return html`
    <dialog class="dialog" ref=${ref} aria-labelledby=${id} onClose=${onClose} onClick=${onClick}>
      <header class="dialog-head">
        <h2 id=${id}>${title}</h2>
        <button type="button" class="button quiet square" aria-label=${words.close} onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      ${children}
    </dialog>`;
}
