import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialState } from '../app/state/initial.js';
import { reduce } from '../app/state/reduce.js';
import { lab, sandbox } from '../app/storybook/fixtures.js';

/** @typedef {import('../app/state/reduce.js').Event} Event */

/** The state after those events. @param {Event[]} events */
const after = (...events) => events.reduce(reduce, initialState());

const started = /** @type {Event[]} */ ([{ type: 'lab', lab }, { type: 'sandbox', sandbox }]);
const check = sandbox.checks[0] ?? assert.fail('the fixture has no check');

test('the first living shell is shown', () => {
  assert.equal(after(...started).active, 's1');
});

test('a check that turns is fresh, passed, and said', () => {
  const s = after(...started, { type: 'check', check: { ...check, met: true, passed: true, saw: 'uts 1' } });
  assert.equal(s.fresh[check.id], true);
  assert.ok(s.lesson.lab?.passed.includes(check.id));
  assert.match(s.said.text, /done.*uts 1/i);
});

test('a check that stays as it is says nothing', () => {
  const before = after(...started);
  const s = reduce(before, { type: 'check', check: { ...check, saw: 'something new' } });
  assert.equal(s.said.id, before.said.id);
});

test('a check that turned while the connection was lost is found in the next sandbox message', () => {
  const s = after(...started, { type: 'sandbox', sandbox: { ...sandbox, checks: [{ ...check, met: true, passed: true }] } });
  assert.equal(s.fresh[check.id], true);
});

test('what was passed before the lab was read counts', () => {
  const s = after(
    { type: 'sandbox', sandbox: { ...sandbox, checks: [{ ...check, met: true, passed: true }] } },
    { type: 'lab', lab },
  );
  assert.ok(s.lesson.lab?.passed.includes(check.id));
});

test('an explanation stays when the sandbox is sent again', () => {
  const answer = { question: 'q1', answer: '1', correct: true, tries: 1, explain: '<p>why</p>' };
  const s = after(...started, { type: 'answer', answer }, { type: 'sandbox', sandbox: { ...sandbox, answers: [{ ...answer, explain: undefined }] } });
  assert.equal(s.explained.q1, '<p>why</p>');
});

test('another sandbox takes nothing over from the one before', () => {
  const s = after(
    ...started,
    { type: 'hide', shell: 's2' },
    { type: 'tty', shell: 's1', tty: { title: 'vim' } },
    { type: 'sandbox', sandbox: { ...sandbox, id: 'other' } },
  );
  assert.deepEqual(s.hidden, []);
  assert.deepEqual(s.ttys, {});
});

test('a shell that is taken away hands over to one that is left', () => {
  const s = after(...started, { type: 'activate', shell: 's2' }, { type: 'hide', shell: 's2' });
  assert.equal(s.active, 's1');
});

test('an end says its reason and keeps what was there', () => {
  const s = after(...started, { type: 'ended', ended: { reason: 'idle', detail: 'Nobody used it for 30 minutes.' } });
  assert.equal(s.life.status, 'ended');
  assert.equal(s.sandbox?.id, sandbox.id);
  assert.match(s.said.text, /nobody used it/);
});

test('the same sandbox running again after an end that the page only guessed is running', () => {
  const s = after(...started, { type: 'ended', ended: { reason: 'server', detail: '' } }, { type: 'sandbox', sandbox });
  assert.equal(s.life.status, 'running');
});

test('a warning about the end goes when the end moves', () => {
  const s = after(...started, { type: 'notice', text: 'soon', expires: sandbox.expires }, { type: 'notice', text: 'other' });
  assert.deepEqual(reduce(s, { type: 'sandbox', sandbox }).notices.map((n) => n.text), ['soon', 'other']);
  const moved = reduce(s, { type: 'sandbox', sandbox: { ...sandbox, expires: '2026-01-01T12:00:00Z' } });
  assert.deepEqual(moved.notices.map((n) => n.text), ['other']);
});

test('notices are bounded', () => {
  const s = after(...Array.from({ length: 10 }, (_, i) => /** @type {Event} */ ({ type: 'notice', text: `${i}` })));
  assert.deepEqual(s.notices.map((n) => n.text), ['7', '8', '9']);
});
