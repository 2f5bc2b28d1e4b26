import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { pageKey, stepKey } from '../app/keys.js';
import { terminalKey } from '../app/tty/keys.js';

/** Stands in for an element of the page. */
class Element {
  /** @param {string} tag @param {boolean} [inTerminal] */
  constructor(tag, inTerminal = false) {
    this.matches = (/** @type {string} */ selector) => selector.split(', ').includes(tag);
    this.closest = () => (inTerminal ? this : null);
  }
}

before(() => { Object.assign(globalThis, { HTMLElement: Element }); });

/** @type {Record<string, any>} */
const at = {
  'the lesson': new Element('main'),
  'an answer’s field': new Element('input'),
  'a field of many lines': new Element('textarea'),
  'the terminal': new Element('textarea', true),
};

/** A key by name: "Ctrl Shift ArrowDown". @param {string} name */
function key(name, code = '') {
  const parts = name.split(' ');
  return {
    key: parts.at(-1) ?? '', code,
    ctrlKey: parts.includes('Ctrl'), shiftKey: parts.includes('Shift'), altKey: parts.includes('Alt'), metaKey: parts.includes('Meta'),
  };
}

for (const { name, where, does } of [
  { name: 'F6', where: 'the terminal', does: 'region-after' },
  { name: 'Shift F6', where: 'an answer’s field', does: 'region-before' },
  { name: '?', where: 'the lesson', does: 'sheet' },
  { name: '?', where: 'an answer’s field', does: '' },
  { name: '?', where: 'the terminal', does: '' },
  { name: 'Ctrl Shift ArrowDown', where: 'the lesson', does: 'terminal' },
  { name: 'Ctrl Shift ArrowDown', where: 'an answer’s field', does: 'terminal' },
  { name: 'Ctrl Shift ArrowDown', where: 'a field of many lines', does: '' },
  { name: 'Ctrl Shift ArrowDown', where: 'the terminal', does: '' },
]) {
  test(`${name} in ${where} means ${does || 'nothing to the page'}`, () => assert.equal(pageKey({ ...key(name), target: at[where] }), does));
}

for (const { name, where, by } of [
  { name: 'n', where: 'the lesson', by: 1 },
  { name: 'p', where: 'the lesson', by: -1 },
  { name: 'n', where: 'an answer’s field', by: 0 },
  { name: 'Ctrl n', where: 'the lesson', by: 0 },
]) {
  test(`${name} in ${where} goes ${by} steps on`, () => assert.equal(stepKey({ ...key(name), target: at[where] }), by));
}

for (const { name, code, selected = false, mac = false, means } of [
  { name: 'Ctrl v', means: 'browser' },
  { name: 'Ctrl Shift V', means: 'browser' },
  { name: 'Ctrl v', mac: true, means: '' },
  { name: 'Ctrl Alt v', means: 'literal' },
  { name: 'Ctrl м', code: 'KeyV', means: 'browser' },
  { name: 'Ctrl k', code: 'KeyV', means: '' },
  { name: 'Ctrl c', means: '' },
  { name: 'Ctrl c', selected: true, means: 'copy' },
  { name: 'Ctrl Shift C', means: 'copy' },
  { name: 'Ctrl Shift F', means: 'search' },
  { name: 'Ctrl Shift ArrowUp', means: 'leave' },
  { name: 'Ctrl Shift ArrowLeft', means: 'before' },
  { name: 'Ctrl Shift ArrowRight', means: 'after' },
  { name: 'Ctrl ArrowUp', means: '' },
  { name: 'v', means: '' },
  { name: 'F6', means: 'browser' },
]) {
  const where = `${code ? ` on ${code}` : ''}${selected ? ' with a selection' : ''}${mac ? ' on a Mac' : ''}`;
  test(`${name}${where} in a terminal means ${means || 'what the shell makes of it'}`, () => assert.equal(terminalKey(key(name, code), { selected, mac }), means));
}
