/**
 * Keeps what the pointer is over where it is while what is above it grows or
 * shrinks, so that a click hits what it was aimed at. A scroll container that
 * has nothing to scroll cannot be kept steady.
 *
 * @param {HTMLElement} scroller
 * @param {Element} content what grows in it
 * @returns {() => void} ends it
 */
export function keepSteady(scroller, content) {
  /** @type {Element|null} */
  let over = null;
  let top = 0;
  const note = () => { top = over?.getBoundingClientRect().top ?? 0; };
  const enter = (/** @type {Event} */ e) => {
    over = /** @type {Element} */ (e.target);
    note();
  };
  const leave = () => { over = null; };
  scroller.addEventListener('pointermove', enter);
  scroller.addEventListener('pointerleave', leave);
  scroller.addEventListener('scroll', note);
  // It is told after the layout and before the paint: nobody sees the jump.
  const observer = new ResizeObserver(() => {
    if (over?.isConnected) scroller.scrollTop += over.getBoundingClientRect().top - top;
    note();
  });
  observer.observe(content);
  return () => {
    observer.disconnect();
    scroller.removeEventListener('pointermove', enter);
    scroller.removeEventListener('pointerleave', leave);
    scroller.removeEventListener('scroll', note);
  };
}
