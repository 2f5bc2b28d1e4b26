/** The colours that xterm.js knows, by the names of its theme and of the page's tokens. */
const COLOURS = /** @type {const} */ ([
  ['background', 'bg'], ['foreground', 'fg'], ['cursor', 'cursor'], ['cursorAccent', 'bg'],
  ['selectionBackground', 'selection'], ['selectionInactiveBackground', 'selection'],
  ['black', 'black'], ['red', 'red'], ['green', 'green'], ['yellow', 'yellow'],
  ['blue', 'blue'], ['magenta', 'magenta'], ['cyan', 'cyan'], ['white', 'white'],
  ['brightBlack', 'bright-black'], ['brightRed', 'bright-red'], ['brightGreen', 'bright-green'],
  ['brightYellow', 'bright-yellow'], ['brightBlue', 'bright-blue'], ['brightMagenta', 'bright-magenta'],
  ['brightCyan', 'bright-cyan'], ['brightWhite', 'bright-white'],
]);

/**
 * The colours of the terminal for the theme that is on, read from the tokens
 * in css/tokens.css so that they are said once.
 *
 * @returns {import('@xterm/xterm').ITheme}
 */
export function terminalTheme() {
  const colour = resolver();
  return Object.fromEntries(COLOURS.map(([name, token]) => [name, colour(token)]));
}

/**
 * The colours of search matches for the theme that is on.
 *
 * @returns {{match: string, current: string}}
 */
export function matchColours() {
  const colour = resolver();
  return { match: colour('match'), current: colour('match-current') };
}

/** A function from a token to a colour that xterm.js can read: tokens hold light-dark(), which only a style resolves. */
function resolver() {
  const probe = document.createElement('span');
  document.documentElement.append(probe);
  const style = getComputedStyle(probe);
  queueMicrotask(() => probe.remove());
  /** @param {string} token */
  return (token) => {
    probe.style.color = `var(--term-${token})`;
    return hex(style.color);
  };
}

/** @param {string} rgb "rgb(1, 2, 3)" */
function hex(rgb) {
  const parts = rgb.match(/\d+/g)?.slice(0, 3) ?? [];
  return `#${parts.map((n) => Number(n).toString(16).padStart(2, '0')).join('')}`;
}
