import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoute, routePath } from '../app/state/route.js';

for (const { path, query = '', hash = '', base = '/', want } of [
  { path: '/', want: { name: 'catalogue' } },
  { path: '/nslab', base: '/nslab/', want: { name: 'catalogue' } },
  { path: '/labs/uts', want: { name: 'lab', lab: 'uts', sandbox: '', step: '' } },
  { path: '/labs/uts', query: '?sandbox=ab-1', hash: '#step-2', want: { name: 'lab', lab: 'uts', sandbox: 'ab-1', step: 'step-2' } },
  { path: '/x/labs/uts/', base: '/x/', want: { name: 'lab', lab: 'uts', sandbox: '', step: '' } },
  { path: '/shell', want: { name: 'shell', sandbox: '' } },
  { path: '/storybook', query: '?story=check', want: { name: 'storybook', story: 'check' } },
  { path: '/labs/%E0%A4', want: { name: 'lab', lab: '%E0%A4', sandbox: '', step: '' } },
  { path: '/elsewhere', want: { name: 'missing' } },
  { path: '/labs/uts', base: '/nslab/', want: { name: 'missing' } },
]) {
  test(`${path}${query}${hash} below ${base} is ${want.name}`, () => {
    assert.deepEqual(parseRoute(path, query, hash, base), want);
  });
}

test('a route written is the route read', () => {
  /** @type {import('../app/state/types.js').Route[]} */
  const routes = [
    { name: 'catalogue' },
    { name: 'lab', lab: 'a b', sandbox: 'x/y', step: 'step-1' },
    { name: 'shell', sandbox: 'z' },
  ];
  for (const route of routes) {
    const url = new URL(routePath(route, '/nslab/'), 'http://x');
    assert.deepEqual(parseRoute(url.pathname, url.search, url.hash, '/nslab/'), route);
  }
});
