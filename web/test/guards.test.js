import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clipboardText, webAddress } from '../app/tty/guards.js';

for (const { name, data, want } of [
  { name: 'gives the text that a program writes', data: 'c;aGVsbG8=', want: 'hello' },
  { name: 'decodes UTF-8', data: `c;${Buffer.from('naïve 名前').toString('base64')}`, want: 'naïve 名前' },
  { name: 'never answers a program that reads', data: 'c;?', want: '' },
  { name: 'ignores what is no base64', data: 'c;@@@', want: '' },
  { name: 'ignores what is too large', data: `c;${'A'.repeat((1 << 20) + 4)}`, want: '' },
]) {
  test(`OSC 52 ${name}`, () => assert.equal(clipboardText(data), want));
}

for (const { uri, want } of [
  { uri: 'https://kernel.org/doc', want: 'https://kernel.org/doc' },
  { uri: 'http://10.0.0.2:8080/', want: 'http://10.0.0.2:8080/' },
  { uri: 'javascript:alert(1)', want: '' },
  { uri: 'file:///etc/passwd', want: '' },
  { uri: 'vscode://open?x', want: '' },
  { uri: 'no address', want: '' },
]) {
  test(`a link to ${uri} ${want ? 'opens' : 'does not open'}`, () => assert.equal(webAddress(uri), want));
}
