import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';

const LEAST = 25;
const MOST = 70;
const MIDDLE = 44;
const STEP = 2;

/** The line between lesson and terminals, moved by pointer or keys. */
export function Divider() {
  const split = useStore((s) => s.settings.split);
  const page = usePage();
  /** @param {number} to */
  const move = (to) => page.set({ split: Math.round(Math.min(MOST, Math.max(LEAST, to)) * 10) / 10 });

  /** @param {PointerEvent} e */
  const onPointerDown = (e) => {
    const el = /** @type {HTMLElement} */ (e.currentTarget);
    const box = el.parentElement?.getBoundingClientRect();
    if (!box || e.button !== 0) return;
    e.preventDefault();
    el.setPointerCapture(e.pointerId);
    /** @param {PointerEvent} m */
    const onMove = (m) => move(((m.clientX - box.left) / box.width) * 100);
    el.addEventListener('pointermove', onMove);
    el.addEventListener('lostpointercapture', () => el.removeEventListener('pointermove', onMove), { once: true });
  };
  /** @param {KeyboardEvent} e */
  const onKeyDown = (e) => {
    const to = { ArrowLeft: split - STEP, ArrowRight: split + STEP, Home: LEAST, End: MOST, Enter: MIDDLE }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    move(to);
  };
  return html`
    <div class="divider" role="separator" tabindex="0" aria-orientation="vertical" aria-label=${words.divider}
      aria-valuenow=${Math.round(split)} aria-valuemin=${LEAST} aria-valuemax=${MOST}
      onPointerDown=${onPointerDown} onKeyDown=${onKeyDown} onDblClick=${() => move(MIDDLE)}></div>`;
}
