import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { html } from '../html.js';

/**
 * A button that opens a panel beneath it. Escape, a click elsewhere and
 * leaving with Tab close it; the focus goes back to the button.
 *
 * @param {{label: import('preact').ComponentChildren, name?: string, class?: string, align?: 'start'|'end',
 *   children: (close: () => void) => import('preact').ComponentChildren, disabled?: boolean}} props
 */
export function Menu({ label, name, class: className = 'button quiet', align = 'end', children, disabled = false }) {
  const [open, setOpen] = useState(false);
  const root = useRef(/** @type {HTMLDivElement|null} */ (null));
  const id = useId();

  useEffect(() => {
    if (!open) return undefined;
    /** @param {Event} e */
    const outside = (e) => {
      if (!root.current?.contains(/** @type {Node} */ (e.target))) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    /** @type {HTMLElement|null|undefined} */ (root.current?.querySelector('.menu-panel :is(button, input)'))?.focus();
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  /** @param {KeyboardEvent} e */
  const onKeyDown = (e) => {
    if (e.key !== 'Escape' || !open) return;
    e.stopPropagation();
    close();
  };

  return html`
    <div class="menu" ref=${root} onKeyDown=${onKeyDown}>
      <button type="button" class=${className} aria-expanded=${open} aria-controls=${id} aria-label=${name} title=${name}
        disabled=${disabled} onClick=${() => setOpen(!open)}>${label}</button>
      ${open && html`<div class=${`menu-panel menu-${align}`} id=${id} role="group" aria-label=${name}>${children(close)}</div>`}
    </div>`;
}
