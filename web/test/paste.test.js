import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanPaste, copyText } from '../app/tty/paste.js';

for (const { name, text, want } of [
  { name: 'leaves plain text as it is', text: 'ls -la /proc/$$/ns', want: 'ls -la /proc/$$/ns' },
  { name: 'leaves several lines and tabs', text: 'a\tb\r\nc\nd', want: 'a\tb\r\nc\nd' },
  { name: 'leaves every script', text: 'naïve 名前 👩‍👩‍👧', want: 'naïve 名前 👩‍👩‍👧' },
  { name: 'cannot end its own bracket', text: 'a\x1b[201~rm -rf /\n', want: 'a[201~rm -rf /\n' },
  { name: 'nor with the eight-bit form', text: 'a\x9b201~b', want: 'a201~b' },
  { name: 'cannot press ^C or ^D', text: 'a\x03b\x04c', want: 'abc' },
  { name: 'loses NUL, BEL, backspace, DEL', text: 'a\x00\x07\x08\x7fb', want: 'ab' },
]) {
  test(`pasted text ${name}`, () => assert.equal(cleanPaste(text), want));
}

test('a copied command never ends in a newline', () => {
  assert.equal(copyText('hostname\r\n\n'), 'hostname');
  assert.equal(copyText('a\nb'), 'a\nb');
});
