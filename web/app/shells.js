import { words } from '../words.js';
import { ProblemError } from './api.js';
import { copyText } from './tty/paste.js';

/** The pause between the lines that the page types, so that a person can follow. */
const LINE_PACE_MS = 350;

/**
 * What is done with the shells of the learner's sandbox: more of them, typing
 * into them, and the questions about what they show.
 */
export class Shells {
  #store;
  #api;
  #terminals;
  #sandbox;

  /**
   * @param {import('./state/store.js').Store} store
   * @param {import('./api.js').Api} api
   * @param {import('./tty/terminals.js').Terminals} terminals
   * @param {import('./live-sandbox.js').LiveSandbox} sandbox
   */
  constructor(store, api, terminals, sandbox) {
    this.#store = store;
    this.#api = api;
    this.#terminals = terminals;
    this.#sandbox = sandbox;
  }

  /**
   * Opens one more shell and shows it.
   *
   * @param {string[]} namespaces
   * @param {string} [title]
   * @returns {Promise<boolean>} whether it is there
   */
  openShell(namespaces, title) {
    const ask = title ? { namespaces, title } : { namespaces };
    return this.#sandbox.busy('shell', (s) => this.#api.shell(s.id, ask), (shell) => {
      this.#store.dispatch({ type: 'shell', shell });
      this.#sandbox.openTerminals();
      this.#terminals.screen(shell.id)?.focus();
    });
  }

  /**
   * A new shell like one that has ended, in its place.
   *
   * @param {string} id
   */
  async openAgain(id) {
    const old = this.#store.get().sandbox?.shells.find((s) => s.id === id);
    if (!old) return;
    if (await this.openShell(old.namespaces, old.title)) this.hide(id);
  }

  /**
   * Takes a shell that has ended off the page.
   *
   * @param {string} id
   */
  hide(id) {
    this.#terminals.close(id);
    this.#store.dispatch({ type: 'hide', shell: id });
  }

  /**
   * Answers a question.
   *
   * @param {string} question
   * @param {string} answer
   */
  async answer(question, answer) {
    await this.#sandbox.busy(`answer:${question}`, (s) => this.#api.answer(s.id, question, answer),
      (judged) => this.#store.dispatch({ type: 'answer', answer: judged }));
  }

  /**
   * Types what a command or a check's solution holds, line by line at a pace
   * that can be followed.
   *
   * @param {string} block
   * @param {boolean} focus whether the terminal takes the focus
   */
  async type(block, focus) {
    await this.#sandbox.busy(`type:${block}`, (s) => this.#api.lines(s.id, block), async ({ lines }, s) => {
      this.#store.dispatch({ type: 'pane', pane: 'terminal' });
      for (const [i, line] of lines.entries()) {
        if (i > 0) await new Promise((done) => setTimeout(done, LINE_PACE_MS));
        if (this.#store.get().sandbox?.id !== s.id) return;
        const shell = this.shellFor(line.shell);
        if (!shell) {
          this.#store.dispatch({ type: 'notice', text: words.command.noShell });
          return;
        }
        this.#store.dispatch({ type: 'activate', shell: shell.id });
        if (!this.#terminals.type(shell.id, line.keys, focus)) {
          this.#store.dispatch({ type: 'notice', text: words.command.notConnected(shell.title) });
          return;
        }
        this.#store.dispatch({ type: 'say', text: words.command.typed(shell.title) });
      }
    });
  }

  /**
   * Copies a command without a line end, filled in from the sandbox when one
   * runs: what the lesson shows may hold a stand-in such as PID.
   *
   * @param {{id: string, text: string}} command
   * @returns {Promise<boolean>} whether the browser let us
   */
  async copy(command) {
    const { sandbox, life } = this.#store.get();
    try {
      const text = sandbox && life.status === 'running'
        ? (await this.#api.lines(sandbox.id, command.id)).lines.map((l) => l.text).join('\n')
        : command.text;
      await navigator.clipboard.writeText(copyText(text));
      return true;
    } catch (err) {
      const text = err instanceof ProblemError ? err.problem.detail : words.command.copyFailed;
      this.#store.dispatch({ type: 'notice', text });
      return false;
    }
  }

  /**
   * The living shell with that title; the active one for '' or when it has ended.
   *
   * @param {string} title
   */
  shellFor(title) {
    const { sandbox, active, ttys } = this.#store.get();
    const alive = (sandbox?.shells ?? []).filter((s) => !s.exit && !ttys[s.id]?.exit);
    return (title ? alive.findLast((s) => s.title === title) : undefined)
      ?? alive.find((s) => s.id === active) ?? alive[0];
  }
}
