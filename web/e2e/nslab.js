import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/**
 * A real server and a real browser for the tests, which end both.
 *
 * Environment: NSLAB is the binary (else it is built from the checkout);
 * CHROMIUM the browser (else /usr/bin/chromium); NSLAB_MUST_WORK=1 turns "not
 * possible here" into a failure.
 */

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Building from nothing and booting the first sandbox on a small machine. */
const START_MS = 120_000;

/** Why the tests cannot run here; '' when they can. */
export function reasonToSkip() {
  const reason = existsSync(CHROMIUM) ? '' : `there is no browser at ${CHROMIUM}`;
  if (reason && process.env.NSLAB_MUST_WORK === '1') throw new Error(reason);
  return reason;
}

/**
 * Starts nslab on a free port with a data directory of its own.
 *
 * @param {string[]} [args]
 * @returns {Promise<{url: string, stop: () => Promise<void>}>} url is the address with the token, as it prints it
 */
export async function startServer(args = []) {
  const dir = mkdtempSync(join(tmpdir(), 'nslab-e2e-'));
  let binary = process.env.NSLAB;
  if (!binary) {
    binary = join(dir, 'nslab');
    const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: new URL('../..', import.meta.url), encoding: 'utf8' });
    if (build.status !== 0) throw new Error(`go build: ${build.stderr}`);
  }
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--token', 'e2e', '--data', join(dir, 'data'), ...args]);
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nslab did not print its address: ${said}`)), START_MS);
    const read = (/** @type {Buffer} */ data) => {
      said += data;
      const m = said.match(/https?:\/\/\S+token=\S+/);
      if (m) {
        clearTimeout(timer);
        resolve(m[0]);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`nslab ended with ${code}: ${said}`)));
  });
  return {
    url,
    stop: async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Starts the browser. */
export function startBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
