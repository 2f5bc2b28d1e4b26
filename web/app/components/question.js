import { useState } from 'preact/hooks';
import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { itemNumber } from '../state/progress.js';
import { Icon } from './icon.js';
import { Markup } from './markup.js';

/**
 * A question: choices or a field, and what became of the answer.
 *
 * @param {{question: import('../state/types.js').Question}} props
 */
export function QuestionBlock({ question }) {
  const page = usePage();
  const given = useStore((s) => s.sandbox?.answers.find((a) => a.question === question.id));
  const explain = useStore((s) => s.explained[question.id]);
  const number = useStore((s) => itemNumber(s.lesson.lab, question.id));
  const passedEver = useStore((s) => s.lesson.lab?.passed.includes(question.id) ?? false);
  const status = useStore((s) => s.life.status);
  const running = status === 'running';
  const missing = status === 'queued' || status === 'ended' || status === 'failed';
  const busy = useStore((s) => s.busy[`answer:${question.id}`] ?? false);
  const [chosen, setChosen] = useState(/** @type {string[]|null} */ (null));
  const value = chosen ?? (given ? (question.answer === 'several' ? given.answer.split(',') : [given.answer]) : []);
  const correct = given?.correct ?? false;
  const done = correct || passedEver;
  const changed = chosen !== null && chosen.join() !== given?.answer;
  const ready = running && !busy && value.some((v) => v.trim() !== '');

  /** @param {Event} e */
  const onSubmit = (e) => {
    e.preventDefault();
    if (ready) void page.shells.answer(question.id, value.map((v) => v.trim()).join(','));
  };
  return html`
    <form class=${`question ${done ? 'done' : ''}`} id=${`question-${question.id}`} onSubmit=${onSubmit} aria-label=${words.question.label(number)}>
      <span class="check-mark round" aria-hidden="true">${done && html`<${Icon} name="check" />`}</span>
      <div class="check-body">
        <p class="check-status">${words.question.label(number)}${passedEver && !given && html`<span>${words.question.earlier}</span>`}</p>
        <${Markup} html=${question.html} class="check-goal" id=${`q-${question.id}`} />
        ${question.choices?.length
          ? html`<${Choices} question=${question} value=${value} onChange=${setChosen} />`
          : html`<${Field} question=${question} value=${value[0] ?? ''} onChange=${(/** @type {string} */ v) => setChosen([v])} />`}
        <div class="question-foot">
          <button type="submit" class="button" disabled=${!ready}>${words.question.submit}</button>
          ${given && !changed && html`<p class="verdict" role="status"><b>${correct ? words.question.right : words.question.wrong}</b> ${words.question.tries(given.tries)}</p>`}
          ${missing && html`<p class="verdict">${words.question.needsSandbox}</p>`}
        </div>
        ${explain && !changed && html`<${Markup} html=${explain} class="explain" />`}
      </div>
    </form>`;
}

/**
 * @param {{question: import('../state/types.js').Question, value: string[], onChange: (v: string[]) => void}} props
 */
function Choices({ question, value, onChange }) {
  const several = question.answer === 'several';
  /** @param {string} id */
  const toggle = (id) => {
    if (!several) return onChange([id]);
    const next = new Set(value);
    if (!next.delete(id)) next.add(id);
    // In the order of the choices, so that the same answer is always written the same.
    return onChange((question.choices ?? []).map((c) => c.id).filter((c) => next.has(c)));
  };
  return html`
    <fieldset class="choices" aria-describedby=${`q-${question.id}`}>
      <legend>${several ? words.question.several : words.question.single}</legend>
      ${question.choices?.map((c) => html`
        <label class="choice" key=${c.id}>
          <input type=${several ? 'checkbox' : 'radio'} name=${question.id} value=${c.id} checked=${value.includes(c.id)} onChange=${() => toggle(c.id)} />
          <${Markup} html=${c.html} />
        </label>`)}
    </fieldset>`;
}

/**
 * @param {{question: import('../state/types.js').Question, value: string, onChange: (v: string) => void}} props
 */
function Field({ question, value, onChange }) {
  const number = question.answer === 'number';
  const label = number ? words.question.number : words.question.text;
  return html`
    <input class="field answer" type="text" inputmode=${number ? 'numeric' : 'text'} autocomplete="off" autocapitalize="off" spellcheck=${false}
      aria-label=${label} aria-describedby=${`q-${question.id}`} placeholder=${label} value=${value}
      onInput=${(/** @type {any} */ e) => onChange(e.target.value)} />`;
}
