import { words } from '../../words.js';
import { useCountdown, useFocusBack, usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { isServerLost } from './notices.js';

/** A loss shorter than this many tries is not worth a word: it is over before it is read. */
const QUIET_TRIES = 1;

/**
 * One line beneath a terminal when its shell has ended, its connection is
 * lost, or a program in it asks for the clipboard.
 *
 * @param {{shell: import('../state/types.js').Shell}} props
 */
export function ShellBanner({ shell }) {
  const page = usePage();
  const running = useStore((s) => s.life.status) === 'running';
  const serverLost = useStore(isServerLost);
  const tty = useStore((s) => s.ttys[shell.id]);
  const busy = useStore((s) => s.busy.shell ?? false);
  const wait = useCountdown(tty?.link.state === 'lost' ? tty.link.retryAt : 0);
  const exit = tty?.exit ?? shell.exit;
  if (!running) return null;
  if (exit) {
    return html`
      <${Banner} key="exit" class="banner" role="status">
        <p>${words.terminal.exit(exit)}</p>
        <button type="button" class="button" onClick=${() => page.shells.hide(shell.id)}>${words.terminal.hide}</button>
        <button type="button" class="button primary" disabled=${busy} onClick=${() => page.shells.openAgain(shell.id)}>${words.terminal.again}</button>
      <//>`;
  }
  if (!serverLost && tty?.link.state === 'lost' && tty.link.tries > QUIET_TRIES) {
    return html`
      <${Banner} key="lost" class="banner over" role="status">
        <p>${words.terminal.lost} ${words.events.next(wait)}</p>
        <button type="button" class="button" onClick=${() => page.sandbox.retryNow()}>${words.events.now}</button>
      <//>`;
  }
  if (tty?.clipboard) {
    return html`
      <${Banner} key="clipboard" class="banner over" role="alertdialog" aria-label=${words.terminal.clipboard}>
        <p>${words.terminal.clipboard}</p>
        <button type="button" class="button" onClick=${() => page.decideClipboard(shell.id, false)}>${words.terminal.clipboardRefuse}</button>
        <button type="button" class="button primary" onClick=${() => page.decideClipboard(shell.id, true)}>${words.terminal.clipboardAllow}</button>
      <//>`;
  }
  return null;
}

/** @param {Record<string, unknown> & {children?: import('preact').ComponentChildren}} props */
function Banner({ children, ...rest }) {
  return html`<div ...${rest} ...${useFocusBack()}>${children}</div>`;
}
