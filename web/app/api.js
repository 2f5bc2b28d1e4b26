/**
 * The server's HTTP interface, one method a call. See docs/api.md.
 *
 * Every method resolves to the body or rejects with a ProblemError; nothing
 * else is thrown.
 *
 * @typedef {import('./state/types.js').Problem} Problem
 * @typedef {import('./state/types.js').Sandbox} Sandbox
 */

import { words } from '../words.js';

/** A call that takes longer than this has failed: the server answers all of them in well under a second. */
const TIMEOUT_MS = 20_000;

export class ProblemError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** @param {string} base base path, with a slash at both ends */
export function createApi(base) {
  let skew = 0;

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async function call(method, path, body) {
    /** @type {Response} */
    let res;
    try {
      res = await fetch(`${base}api/${path}`, {
        method,
        headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new ProblemError({ status: 0, code: 'unreachable', detail: words.problem.unreachable, retryAfter: 0 });
    }
    const date = Date.parse(res.headers.get('Date') ?? '');
    if (!Number.isNaN(date) && Math.abs(date - Date.now()) > 2000) skew = date - Date.now();
    const json = res.status === 204 ? null : await res.json().catch(() => null);
    if (res.ok) return json;
    throw new ProblemError({
      status: res.status,
      code: json?.code ?? 'internal',
      detail: json?.detail ?? words.problem.failed,
      retryAfter: Number(res.headers.get('Retry-After')) || 0,
    });
  }

  const id = encodeURIComponent;
  return {
    /** The server's clock, in milliseconds since the epoch. */
    now: () => Date.now() + skew,

    labs: () => call('GET', 'labs'),
    /** @param {string} lab */
    lab: (lab) => call('GET', `labs/${id(lab)}`),
    /** @returns {Promise<{sandboxes: Sandbox[]}>} */
    sandboxes: () => call('GET', 'sandboxes'),
    /** @param {string} sandbox @returns {Promise<Sandbox>} */
    sandbox: (sandbox) => call('GET', `sandboxes/${id(sandbox)}`),
    /** @param {{lab: string}|{namespaces: string[]}} what @param {{cols: number, rows: number}} size @returns {Promise<Sandbox>} */
    start: (what, size) => call('POST', 'sandboxes', { ...what, ...size }),
    /** @param {string} sandbox */
    end: (sandbox) => call('DELETE', `sandboxes/${id(sandbox)}`),
    /** @param {string} sandbox @returns {Promise<Sandbox>} */
    reset: (sandbox) => call('POST', `sandboxes/${id(sandbox)}/reset`, {}),
    /** @param {string} sandbox @returns {Promise<Sandbox>} */
    extend: (sandbox) => call('POST', `sandboxes/${id(sandbox)}/extend`, {}),
    /** @param {string} sandbox @param {{namespaces: string[], title?: string}} shell */
    shell: (sandbox, shell) => call('POST', `sandboxes/${id(sandbox)}/shells`, shell),
    /** @param {string} sandbox @param {string} question @param {string} answer */
    answer: (sandbox, question, answer) => call('POST', `sandboxes/${id(sandbox)}/answers`, { question, answer }),

    /** @param {string} sandbox @param {string} block @returns {Promise<{lines: import('./state/types.js').Line[]}>} */
    lines: (sandbox, block) => call('GET', `sandboxes/${id(sandbox)}/lines/${id(block)}`),

    /** @param {string} sandbox */
    eventsURL: (sandbox) => socketURL(`sandboxes/${id(sandbox)}/events`),
    /** @param {string} sandbox @param {string} shell */
    ttyURL: (sandbox, shell) => socketURL(`sandboxes/${id(sandbox)}/shells/${id(shell)}/tty`),
  };

  /** @param {string} path */
  function socketURL(path) {
    const url = new URL(`${base}api/${path}`, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
  }
}

/** @typedef {ReturnType<typeof createApi>} Api */
