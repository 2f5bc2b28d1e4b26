import { useEffect, useRef } from 'preact/hooks';
import { words } from '../../words.js';
import { useClock, usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { clockTime, mayExtend } from '../state/progress.js';
import { Icon } from './icon.js';

/** From here on the clock warns. */
export const WARN_MS = 5 * 60_000;

/** The session's clock: how long the sandbox still has, and more time for the asking. */
export function Clock() {
  const sandbox = useStore((s) => s.sandbox);
  const running = useStore((s) => s.life.status) === 'running';
  const busy = useStore((s) => s.busy.extend ?? false);
  const now = useClock(running);
  const page = usePage();
  const warned = useRef('');

  const left = sandbox ? Date.parse(sandbox.expires) - now : 0;
  const canExtend = mayExtend(sandbox);
  const soon = left <= WARN_MS;

  useEffect(() => {
    if (!running || !soon || !sandbox || warned.current === sandbox.expires) return;
    warned.current = sandbox.expires;
    page.warn(canExtend ? words.clock.soon(clockTime(left)) : words.clock.soonLast(clockTime(left)), sandbox.expires);
  });

  if (!running || !sandbox) return null;
  return html`
    <div class=${soon ? 'clock soon' : 'clock'} role="timer" aria-label=${words.clock.label}>
      <${Icon} name="clock" /><span>${clockTime(left)}</span>
      ${canExtend && (soon || left < 4 * WARN_MS) && html`
        <button type="button" class=${soon ? 'button primary' : 'button'} disabled=${busy} onClick=${() => page.sandbox.extend()}>${words.clock.extend}</button>`}
    </div>`;
}
