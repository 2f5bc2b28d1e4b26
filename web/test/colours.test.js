import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NS_TYPES } from '../app/state/namespaces.js';

/**
 * The promise of css/tokens.css: eight colours that stay apart for people who see fewer colours, and text that can be
 * read, in both themes. Vision is simulated with the matrices of Machado, Oliveira and Fernandes (2009), severity 1;
 * distance is Euclidean in Oklab, where 0.02 is just noticeable for large patches.
 */
const css = readFileSync(new URL('../css/tokens.css', import.meta.url), 'utf8');
const THEMES = /** @type {const} */ (['light', 'dark']);

const VISION = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** @param {string} name @param {'light'|'dark'} theme @returns {number[]} linear RGB */
function token(name, theme) {
  const m = css.match(new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`));
  if (!m) throw new Error(`tokens.css has no colour --${name}`);
  const hex = (theme === 'light' ? m[1] : m[2]) ?? '';
  return [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
}

/** @param {number[]} rgb */
const luminance = ([r = 0, g = 0, b = 0]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** @param {number[]} a @param {number[]} b */
function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** @param {number[]} rgb */
function oklab(rgb) {
  const [r = 0, g = 0, b = 0] = rgb.map((x) => Math.max(0, x));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {number[][]} matrix @param {number[]} v */
const seen = (matrix, v) => matrix.map((row) => row.reduce((sum, x, i) => sum + x * (v[i] ?? 0), 0));

for (const theme of THEMES) {
  for (const [vision, matrix] of Object.entries(VISION)) {
    test(`the eight colours stay apart: ${theme}, ${vision}`, () => {
      const labs = NS_TYPES.map((t) => oklab(seen(matrix, token(`ns-${t}`, theme))));
      for (const [i, a] of labs.entries()) {
        for (const [j, b] of labs.slice(0, i).entries()) {
          const d = Math.hypot(...a.map((x, k) => x - (b[k] ?? 0)));
          assert.ok(d >= 0.07, `${NS_TYPES[i]} and ${NS_TYPES[j]} are ${d.toFixed(3)} apart`);
        }
      }
    });
  }

  for (const [text, grounds] of Object.entries({
    ink: ['paper', 'raised', 'sunken'], 'ink-2': ['paper', 'raised', 'sunken'], 'term-fg': ['term-bg'],
    'code-keyword': ['sunken', 'raised'], 'code-string': ['sunken', 'raised'], 'code-comment': ['sunken', 'raised'],
    'code-name': ['sunken', 'raised'], 'code-number': ['sunken', 'raised'],
    'term-red': ['term-bg'], 'term-green': ['term-bg'], 'term-yellow': ['term-bg'], 'term-blue': ['term-bg'],
    'term-magenta': ['term-bg'], 'term-cyan': ['term-bg'], 'term-bright-black': ['term-bg'],
  })) {
    test(`${text} can be read: ${theme}`, () => {
      for (const ground of grounds) {
        const c = contrast(token(text, theme), token(ground, theme));
        assert.ok(c >= 4.5, `on ${ground} the contrast is ${c.toFixed(2)}`);
      }
    });
  }

  test(`each namespace’s colour carries text and shows on every ground: ${theme}`, () => {
    for (const t of NS_TYPES) {
      const on = contrast(token('on-ns', theme), token(`ns-${t}`, theme));
      assert.ok(on >= 4.5, `text on ${t}: ${on.toFixed(2)}`);
      for (const ground of ['paper', 'raised', 'term-bg']) {
        const c = contrast(token(`ns-${t}`, theme), token(ground, theme));
        assert.ok(c >= 3, `${t} on ${ground}: ${c.toFixed(2)}`);
      }
    }
  });
}
