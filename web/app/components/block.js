import { html } from '../html.js';
import { CheckBlock } from './check.js';
import { CommandBlock } from './command.js';
import { Markup } from './markup.js';
import { QuestionBlock } from './question.js';

/** One part of a step. @param {{block: import('../state/types.js').Block}} props */
export function Block({ block }) {
  switch (block.kind) {
    case 'prose':
      return html`<${Markup} html=${block.html} class="prose" />`;
    case 'command':
      return html`<${CommandBlock} command=${block} />`;
    case 'question':
      return html`<${QuestionBlock} question=${block} />`;
    case 'check':
      return html`<${CheckBlock} check=${block} />`;
  }
}
