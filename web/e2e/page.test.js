import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { reasonToSkip, startBrowser, startServer } from './nslab.js';

/**
 * The whole path, as a person walks it: a real server, real sandboxes, a real
 * browser.
 *
 * @typedef {import('playwright-core').Page} Page
 */

const skip = reasonToSkip() || false;

describe('the page', { skip, timeout: 300_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  /** @type {Awaited<ReturnType<typeof startBrowser>>} */
  let browser;

  before(async () => {
    server = await startServer();
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  /**
   * Opens the page signed in, and fails the test on any error that the page
   * or its security policy reports.
   *
   * @param {string} path
   * @param {import('playwright-core').BrowserContextOptions} [options]
   * @returns {Promise<Page>}
   */
  async function open(path, options = {}) {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
    await context.addInitScript(() => {
      if (!localStorage.getItem('nslab.settings')) localStorage.setItem('nslab.settings', '{"screenReader":true}');
      /** @type {WebSocket[]} */
      const sockets = [];
      globalThis.WebSocket = class extends WebSocket {
        /** @param {string|URL} url @param {string|string[]} [protocols] */
        constructor(url, protocols) {
          super(url, protocols);
          sockets.push(this);
        }
      };
      // What is on its way is thrown away, as when a network goes.
      /** @type {any} */ (globalThis).dropSockets = () => sockets.splice(0).forEach((s) => s.close());
    });
    const page = await context.newPage();
    page.on('pageerror', (err) => assert.fail(`the page threw: ${err.message}`));
    page.on('console', (m) => {
      if (m.type() === 'error' && m.text().includes('Content Security Policy')) assert.fail(m.text());
    });
    const url = new URL(server.url);
    url.pathname = path;
    await page.goto(url.href);
    return page;
  }

  /** What the visible terminal shows, as a screen reader finds it. @param {Page} page */
  const screen = (page) => page.locator('.terminal-cell.active .xterm-accessibility-tree').innerText();

  /** Waits until the terminal shows that. @param {Page} page @param {RegExp} what */
  async function shows(page, what) {
    let last = '';
    for (let i = 0; i < 100; i++) {
      last = await screen(page);
      if (what.test(last)) return;
      await page.waitForTimeout(50);
    }
    assert.fail(`the terminal never showed ${what}, but:\n${last}`);
  }

  /** Opens a plain shell and waits for its prompt. @param {import('playwright-core').BrowserContextOptions} [options] */
  async function plainShell(options) {
    const page = await open('/', options);
    await page.getByRole('button', { name: 'Open a shell' }).click();
    await shows(page, /#/);
    await page.locator('.xterm-helper-textarea').focus();
    return page;
  }

  test('turns a check by itself when the command is typed, and says where the shell is', async () => {
    const page = await open('/labs/uts');
    await page.getByRole('button', { name: /^3\. / }).click();
    await shows(page, /#/);
    assert.equal(await page.locator('.check').first().evaluate((e) => e.classList.contains('done')), false);
    await page.locator('.command', { hasText: 'sudo unshare --uts bash' }).getByRole('button', { name: /^Type/ }).click();
    await page.locator('.check.done').first().waitFor({ timeout: 5000 });
    assert.match(await page.locator('.check.done').first().innerText(), /uts \d+/);
    await page.locator('.place.own', { hasText: 'uts' }).waitFor();

    await page.reload();
    await page.locator('.check.done').first().waitFor();
    await shows(page, /sudo unshare --uts bash/);
    await page.context().close();
  });

  test('shows the terminals of the fresh sandbox after a reset', async () => {
    const page = await open('/labs/uts');
    await shows(page, /#/);
    await page.locator('.xterm-helper-textarea').first().focus();
    await page.keyboard.type('echo before the reset\n');
    await shows(page, /^before the reset/m);
    const old = page.url();
    await page.getByRole('button', { name: 'Sandbox', exact: true }).click();
    await page.getByRole('button', { name: 'Reset the sandbox' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Reset the sandbox' }).click();
    await page.waitForURL((url) => url.href !== old);
    await shows(page, /#/);
    assert.doesNotMatch(await screen(page), /before the reset/);
    await page.context().close();
  });

  test('loses no byte and repeats none when the connection drops', async () => {
    const page = await plainShell();
    await page.keyboard.type('clear; for i in $(seq 1 150); do printf "n$i "; [ $((i % 10)) = 0 ] && echo; sleep 0.02; done; echo "$((40+2)) at last"\n');
    for (let i = 0; i < 3; i++) {
      await page.waitForTimeout(600);
      await page.evaluate(() => /** @type {any} */ (globalThis).dropSockets());
    }
    await shows(page, /42 at last/);
    const numbers = [...(await screen(page)).matchAll(/n(\d+)/g)].map((m) => Number(m[1]));
    assert.deepEqual(numbers, Array.from({ length: 150 }, (_, i) => i + 1));
    await page.context().close();
  });

  test('pastes a megabyte whole, and ^C stops endless output at once', async () => {
    const page = await plainShell();
    await page.keyboard.type('stty -echo; cat > pasted; stty echo; wc -c < pasted\n');
    await page.waitForTimeout(500);
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text/plain', `${'.'.repeat(63)}\n`.repeat(16384));
      document.querySelector('.xterm-helper-textarea')?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.waitForTimeout(3000);
    await page.keyboard.press('Control+d');
    await shows(page, /^1048576/m);
    await page.keyboard.type('clear; yes\n');
    await page.waitForTimeout(800);
    await page.keyboard.press('Control+c');
    await page.keyboard.type('echo "$((40+2)) stopped"\n');
    await shows(page, /42 stopped/);
    await page.context().close();
  });

  test('lets a program write the clipboard only when allowed, and copies without a line end', async () => {
    const page = await open('/labs/uts');
    await shows(page, /#/);
    await page.locator('.xterm-helper-textarea').first().focus();
    await page.keyboard.type("printf '\\033]52;c;aGVsbG8=\\a'\n");
    await page.getByRole('button', { name: 'Allow from now on' }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()) === 'hello');
    await page.locator('.command').first().getByRole('button', { name: 'Copy' }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()) === 'hostname');
    await page.context().close();
  });

  test('is worked with by keys alone', async () => {
    const page = await open('/labs/uts');
    await shows(page, /#/);
    const where = () => page.evaluate(() => document.activeElement?.closest('[data-region]')?.classList[0]);
    const visited = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('F6');
      await page.waitForTimeout(100);
      visited.push(await where());
    }
    assert.deepEqual(visited, ['bar', 'lesson', 'terminals']);
    await page.keyboard.press('Control+Shift+ArrowUp');
    await page.waitForTimeout(100);
    assert.equal(await where(), 'lesson');
    await page.keyboard.press('n');
    assert.equal(await page.locator('.steps > span').innerText(), 'Step 2 of 6');
    await page.keyboard.press('?');
    await page.locator('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.context().close();
  });

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    test(`fits 390 px, ${colorScheme}, lesson and terminal taking turns`, async () => {
      const page = await open('/labs/uts', { viewport: { width: 390, height: 844 }, colorScheme });
      await page.locator('.lesson h2').waitFor();
      assert.equal(await page.locator('.terminals').isVisible(), false);
      await page.locator('.command').first().getByRole('button', { name: /^Type/ }).click();
      await page.locator('.terminals').waitFor();
      assert.equal(await page.locator('.lesson').isVisible(), false);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(dark, colorScheme === 'dark' ? 'rgb(18, 22, 26)' : 'rgb(243, 244, 244)');
      await page.context().close();
    });
  }

  test('follows a link from one lab to another without loading anew', async () => {
    const page = await open('/labs/clone');
    await page.getByRole('button', { name: /^2\. / }).click();
    await page.evaluate(() => { /** @type {any} */ (globalThis).sameDocument = true; });
    await page.locator('.lesson a[data-lab=uts]').first().click();
    await page.waitForURL(/\/labs\/uts\?sandbox=/);
    await page.locator('.bar h1', { hasText: 'A host name of your own' }).waitFor();
    assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).sameDocument), true);
    await page.context().close();
  });

  test('says how to get in without a token', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(new URL('/labs/uts', server.url).href);
    await page.getByText('This page needs its key').waitFor();
    await context.close();
  });

  test('says that the sandbox has ended when the learner kills its init', async () => {
    const page = await plainShell();
    await page.keyboard.type('kill -KILL -1; kill -KILL 1\n');
    await page.keyboard.type('exit\n');
    await page.waitForTimeout(1000);
    await page.getByRole('button', { name: /Start again|Start a fresh sandbox/ }).waitFor();
    await page.context().close();
  });
});
