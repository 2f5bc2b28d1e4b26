import { useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { stepKey } from '../keys.js';
import { countDone, items, stepIndex, stepState } from '../state/progress.js';
import { Block } from './block.js';
import { Icon } from './icon.js';
import { Problem } from './problem.js';
import { keepSteady } from './steady.js';

/** The lesson's side: one step at a time, with the way to the others. */
export function Lesson() {
  const { status, lab, problem } = useStore((s) => s.lesson);
  const page = usePage();
  if (status === 'failed' && problem) {
    const title = problem.code === 'no-such-lab' ? words.problem.noLab : problem.code === 'lab-broken' ? words.problem.broken : words.problem.failed;
    return html`<main class="lesson" data-region tabindex="-1"><div class="lesson-page"><${Problem} title=${title} problem=${problem} onRetry=${() => page.retry()} /></div></main>`;
  }
  if (!lab) return html`<main class="lesson" data-region tabindex="-1"><p class="lesson-page quiet-line" role="status">${words.lesson.loading}</p></main>`;
  return html`<${Steps} lab=${lab} />`;
}

/** @param {{lab: import('../state/types.js').Lab}} props */
function Steps({ lab }) {
  const route = useStore((s) => s.route);
  const page = usePage();
  const at = stepIndex(lab, route.name === 'lab' ? route.step : '');
  const step = lab.steps[at];
  const before = lab.steps[at - 1];
  const after = lab.steps[at + 1];
  const root = useRef(/** @type {HTMLElement|null} */ (null));
  const shown = useRef(step?.id);

  const inside = root.current?.contains(document.activeElement) ?? false;

  // A new step starts at its top, with the focus on its heading when the keyboard was in the lesson.
  useLayoutEffect(() => {
    if (shown.current === step?.id) return;
    shown.current = step?.id;
    root.current?.scrollTo(0, 0);
    if (inside) root.current?.querySelector('h2')?.focus();
  }, [step?.id]);

  useLayoutEffect(() => {
    const el = root.current;
    return el?.firstElementChild ? keepSteady(el, el.firstElementChild) : undefined;
  }, [step?.id]);

  /** @param {KeyboardEvent} e */
  const onKeyDown = (e) => {
    const by = stepKey(e);
    if (by) page.showStepBeside(by);
  };
  if (!step) return null;
  return html`
    <main class="lesson" data-region data-ns=${lab.namespaces[0]} tabindex="-1" ref=${root} onKeyDown=${onKeyDown} aria-label=${words.lesson.region}>
      <div class="lesson-page">
        ${lab.error && html`<${LintError} error=${lab.error} />`}
        <nav class="steps" aria-label=${words.lesson.steps}>
          <ol>${lab.steps.map((s, i) => html`
            <li key=${s.id}><button type="button" class=${`step-pip ${stepState(lab, s)}`} aria-current=${i === at ? 'step' : undefined}
              aria-label=${`${i + 1}. ${s.title}`} title=${s.title} onClick=${() => page.showStep(s.id)}><i></i></button></li>`)}
          </ol>
          <span>${words.lesson.step(at + 1, lab.steps.length)}</span>
        </nav>
        <h2 tabindex="-1">${step.title}</h2>
        ${step.blocks.map((b, i) => html`<${Block} key=${'id' in b ? b.id : `${step.id}-${i}`} block=${b} />`)}
        <${Onward} lab=${lab} before=${before} after=${after} />
      </div>
    </main>`;
}

/**
 * @param {{lab: import('../state/types.js').Lab, before?: import('../state/types.js').Step,
 *   after?: import('../state/types.js').Step}} props
 */
function Onward({ lab, before, after }) {
  const page = usePage();
  const all = items(lab).length;
  const complete = all > 0 && countDone(lab) === all;
  return html`
    <footer class="onward">
      ${!after && complete && html`<p class="onward-done"><${Icon} name="check" />${words.lesson.complete}</p>`}
      <div class="onward-row">
        ${before && html`<button type="button" class="button" onClick=${() => page.showStep(before.id)}><${Icon} name="back" />${words.lesson.previous}</button>`}
        ${after && html`<button type="button" class="button primary onward-next" onClick=${() => page.showStep(after.id)}>${words.lesson.next}<${Icon} name="next" /></button>`}
        ${!after && lab.next && html`<a class="button primary onward-next" href=${`${page.base}labs/${encodeURIComponent(lab.next)}`}>${words.lesson.nextLab}<${Icon} name="next" /></a>`}
        ${!after && !lab.next && html`<a class="button primary onward-next" href=${page.base}>${words.lesson.finish}</a>`}
      </div>
      ${after && html`<p class="onward-title" aria-hidden="true">${after.title}</p>`}
    </footer>`;
}

/** @param {{error: import('../state/types.js').LintError}} props */
function LintError({ error }) {
  return html`
    <section class="lint" role="alert">
      <p class="lint-title"><${Icon} name="warn" />${words.lesson.mistake}</p>
      <p class="lint-at">${words.lesson.mistakeAt(error.file, error.line, error.column)}</p>
      <pre tabindex="0">${error.text}${'\n'}${' '.repeat(Math.max(0, error.column - 1))}^</pre>
      <p>${error.message}</p>
      ${error.fix && html`<p>${error.fix}</p>`}
    </section>`;
}
