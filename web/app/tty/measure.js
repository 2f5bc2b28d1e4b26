export const FONT = '"Atkinson Hyperlegible Mono", ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';
/** Lines apart enough to read, close enough for box drawing. */
export const LINE_HEIGHT = 1.25;

/** The first of the terminal's fonts, which is the page's own. */
const OWN_FONT = FONT.split(',')[0] ?? FONT;
/** The page's own font comes from where the page does; longer than this it is not waited for. */
const FONT_WAIT_MS = 1500;
/** xterm.js keeps so much of the width for its scroll bar. */
const SCROLL_BAR = 14;
/** The divider's width, in components/workspace.css. */
const DIVIDER = 9;
/** What surrounds a terminal: bars, tabs, places, padding; in components/*.css. */
const AROUND = { wide: { width: 20, height: 143 }, narrow: { width: 12, height: 218 } };

/**
 * Waits for the terminal's font: xterm.js measures once, and would measure
 * another font's letters.
 *
 * @param {number} fontSize
 */
export async function fontReady(fontSize) {
  const timeout = new Promise((done) => setTimeout(done, FONT_WAIT_MS));
  await Promise.race([document.fonts.load(`${fontSize}px ${OWN_FONT}`).catch(() => {}), timeout]);
}

/**
 * The size that a terminal will have, told before it is there: a shell that
 * starts with it need not draw its prompt twice. A wrong guess costs just that.
 *
 * @param {{fontSize: number, split: number}} settings
 * @param {boolean} alone without a lesson beside it
 * @param {boolean} narrow lesson and terminal take turns
 */
export function estimateSize({ fontSize, split }, alone, narrow) {
  const context = document.createElement('canvas').getContext('2d');
  if (context) context.font = `${fontSize}px ${FONT}`;
  const text = context?.measureText('W');
  const dpr = devicePixelRatio;
  const cellWidth = Math.floor((text?.width ?? fontSize * 0.6) * dpr) / dpr;
  const letter = text ? text.fontBoundingBoxAscent + text.fontBoundingBoxDescent : fontSize * 1.2;
  const cellHeight = Math.floor(Math.ceil(letter * dpr) * LINE_HEIGHT) / dpr;
  const { width, height } = narrow ? AROUND.narrow : AROUND.wide;
  const pane = narrow || alone ? innerWidth : innerWidth * (1 - split / 100) - DIVIDER;
  return {
    cols: bounded((pane - width - SCROLL_BAR) / cellWidth, 2, 1000),
    rows: bounded((innerHeight - height) / cellHeight, 1, 1000),
  };
}

/**
 * @param {number} n
 * @param {number} least
 * @param {number} most
 */
function bounded(n, least, most) {
  return Math.max(least, Math.min(most, Math.floor(n)));
}
