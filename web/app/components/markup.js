import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { usePage } from '../hooks.js';
import { html } from '../html.js';

/**
 * The one place where a string becomes HTML. What passes here is the server's: rendered from a lab's Markdown, in which
 * raw HTML is an error.
 */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('nslab', {
  /** @param {string} s */
  createHTML: (s) => s,
});

/**
 * A piece of a lesson's text. Its links to other labs name them by data-lab,
 * since the server does not know where the page stands; links elsewhere open
 * in a tab of their own.
 *
 * @param {{html: string, class?: string, id?: string}} props
 */
export function Markup({ html: text, class: name = '', id }) {
  const trusted = useMemo(() => ({ __html: policy ? policy.createHTML(text) : text }), [text]);
  const { base } = usePage();
  const ref = useRef(/** @type {HTMLDivElement|null} */ (null));
  useLayoutEffect(() => {
    for (const a of ref.current?.querySelectorAll('a[href]') ?? []) {
      const link = /** @type {HTMLAnchorElement} */ (a);
      if (link.dataset.lab) link.href = `${base}labs/${encodeURIComponent(link.dataset.lab)}`;
      if (link.origin === location.origin) continue;
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
    }
    for (const block of ref.current?.querySelectorAll('pre, table') ?? []) block.setAttribute('tabindex', '0');
  }, [text, base]);
  return html`<div ref=${ref} id=${id} class=${`markup ${name}`} dangerouslySetInnerHTML=${trusted}></div>`;
}
