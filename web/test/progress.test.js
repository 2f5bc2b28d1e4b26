import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTime, countDone, items, stepBeside, stepIndex, stepState } from '../app/state/progress.js';
import { backoff } from '../app/backoff.js';
import { lab } from '../app/storybook/fixtures.js';

test('a lab asks for its checks and questions, in order', () => {
  assert.deepEqual(items(lab).map((i) => i.id), ['q1', 'uts-new', 'uts-name', 'q2']);
  assert.equal(countDone({ ...lab, passed: ['q1', 'gone-since'] }), 1);
});

test('a step is done when all that it asks for is', () => {
  const [one, two, three] = lab.steps;
  if (!one || !two || !three) throw new Error('the fixture has three steps');
  const half = { ...lab, passed: ['q1', 'uts-new'] };
  assert.deepEqual([one, two, three].map((s) => stepState(half, s)), ['done', 'open', 'plain']);
});

test('the step beside is told from the address, so that two keys in a row go two steps', () => {
  assert.equal(stepBeside(lab, '', 1)?.id, 'step-2');
  assert.equal(stepBeside(lab, 'step-2', 1)?.id, 'step-3');
  assert.equal(stepBeside(lab, 'step-2', -1)?.id, 'step-1');
});

test('nothing is beside the first step and the last', () => {
  assert.equal(stepBeside(lab, 'step-1', -1), undefined);
  assert.equal(stepBeside(lab, 'step-3', 1), undefined);
});

test('an address of no step is that of the first', () => {
  assert.equal(stepIndex(lab, ''), 0);
  assert.equal(stepIndex(lab, 'step-2'), 1);
  assert.equal(stepIndex(lab, 'nowhere'), 0);
});

for (const [ms, want] of /** @type {[number, string][]} */ ([
  [0, '0:00'], [-5, '0:00'], [1, '0:01'], [59_000, '0:59'], [60_000, '1:00'], [3_599_001, '1:00:00'], [3_725_000, '1:02:05'],
])) {
  test(`${ms} ms is ${want}`, () => assert.equal(clockTime(ms), want));
}

test('tries come at growing intervals, up to a bound, and never two at the same instant for a class', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 50].map((n) => backoff(n, () => 0)), [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  assert.equal(backoff(0, () => 0.999) >= 375, true);
});
