import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

/** Where each vendored file is in its package. */
const FILES = {
  xterm: { name: '@xterm/xterm', files: { 'xterm.mjs': 'lib/xterm.mjs', 'xterm.css': 'css/xterm.css' } },
  'addon-fit': { name: '@xterm/addon-fit', files: { 'addon-fit.mjs': 'lib/addon-fit.mjs' } },
  'addon-search': { name: '@xterm/addon-search', files: { 'addon-search.mjs': 'lib/addon-search.mjs' } },
  'addon-unicode11': { name: '@xterm/addon-unicode11', files: { 'addon-unicode11.mjs': 'lib/addon-unicode11.mjs' } },
  'addon-web-links': { name: '@xterm/addon-web-links', files: { 'addon-web-links.mjs': 'lib/addon-web-links.mjs' } },
  'addon-webgl': { name: '@xterm/addon-webgl', files: { 'addon-webgl.mjs': 'lib/addon-webgl.mjs' } },
  preact: { name: 'preact', files: { 'preact.mjs': 'dist/preact.mjs', 'hooks.mjs': 'hooks/dist/hooks.mjs' } },
  htm: { name: 'htm', files: { 'htm.mjs': 'dist/htm.mjs' } },
  'atkinson-next': { name: '@fontsource-variable/atkinson-hyperlegible-next', files: fonts('next', ['latin-wght-normal', 'latin-wght-italic', 'latin-ext-wght-normal']) },
  'atkinson-mono': { name: '@fontsource-variable/atkinson-hyperlegible-mono', files: fonts('mono', ['latin-wght-normal', 'latin-wght-italic', 'latin-ext-wght-normal']) },
};

/** @param {string} family @param {string[]} kinds @returns {Record<string, string>} */
function fonts(family, kinds) {
  return Object.fromEntries(kinds.map((k) => [`atkinson-hyperlegible-${family}-${k}.woff2`, `files/atkinson-hyperlegible-${family}-${k}.woff2`]));
}

const vendor = new URL('../vendor/', import.meta.url);
const packages = new URL('../node_modules/', import.meta.url);
const readme = readFileSync(new URL('README.md', vendor), 'utf8');

for (const [folder, { name, files }] of Object.entries(FILES)) {
  test(`vendor/${folder} is ${name} as published`, () => {
    const { version } = JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8'));
    assert.ok(readme.includes(`| \`${folder}\` | \`${name}\` | ${version} |`), `README.md does not say ${name} ${version}`);
    const all = { ...files, LICENSE: 'LICENSE' };
    assert.deepEqual(readdirSync(new URL(`${folder}/`, vendor)).sort(), Object.keys(all).sort());
    for (const [ours, theirs] of Object.entries(all)) {
      const a = readFileSync(new URL(`${folder}/${ours}`, vendor));
      const b = readFileSync(new URL(`${name}/${theirs}`, packages));
      assert.ok(a.equals(b), `${ours} differs from ${name}/${theirs}`);
    }
  });
}

test('nothing else is vendored', () => {
  assert.deepEqual(readdirSync(vendor).sort(), [...Object.keys(FILES), 'README.md'].sort());
});
