import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { words } from '../words.js';

const app = new URL('../app/', import.meta.url);
const sources = readdirSync(app, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.js') && !f.startsWith('storybook'))
  .map((f) => readFileSync(new URL(f, app), 'utf8'))
  .join('\n');

test('every word is said somewhere', () => {
  for (const [group, all] of Object.entries(words)) {
    const keys = typeof all === 'object' && !Array.isArray(all) ? Object.keys(all).map((k) => `${group}.${k}`) : [group];
    for (const key of keys) {
      assert.ok(sources.includes(`words.${key}`) || sources.includes(`words.${group}[`), `words.${key} is not used`);
    }
  }
});

test('the words are calm', () => {
  const text = JSON.stringify(words, (_, v) => (typeof v === 'function' ? String(v).split('=>').slice(1).join('=>') : v));
  assert.doesNotMatch(text.replaceAll(/!==|![a-z(]/g, ''), /!|oops|sorry/i);
});
