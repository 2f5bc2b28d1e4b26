import { words } from '../../words.js';
import { usePage, useStore } from '../hooks.js';
import { html } from '../html.js';
import { Dialog } from './dialog.js';

/** The sheet that is open, if one is: the keys, or a question before something ends. */
export function Sheets() {
  const sheet = useStore((s) => s.sheet);
  const page = usePage();
  const close = () => page.showSheet('');
  switch (sheet) {
    case 'keys':
      return html`<${Keys} onClose=${close} />`;
    case 'reset':
      return html`<${Confirm} title=${words.sandbox.resetAsk} text=${words.sandbox.resetWhy} verb=${words.sandbox.reset}
        onClose=${close} onYes=${() => page.sandbox.reset()} />`;
    case 'end':
      return html`<${Confirm} title=${words.sandbox.endAsk} text=${words.sandbox.endWhy} verb=${words.sandbox.end}
        onClose=${close} onYes=${() => page.sandbox.end()} />`;
    default:
      return null;
  }
}

/** @param {{onClose: () => void}} props */
function Keys({ onClose }) {
  return html`
    <${Dialog} title=${words.keys.title} onClose=${onClose}>
      <div class="keys">
        ${words.keys.groups.map((g) => html`
          <section>
            <h3>${g.title}</h3>
            <dl>${g.rows.map(([keys, does]) => html`
              <dt>${keys.split(' ').map((k) => html`<kbd>${k.replace(',', '')}</kbd>`)}</dt><dd>${does}</dd>`)}</dl>
          </section>`)}
      </div>
    <//>`;
}

/** @param {{title: string, text: string, verb: string, onClose: () => void, onYes: () => void}} props */
function Confirm({ title, text, verb, onClose, onYes }) {
  const yes = () => {
    onClose();
    onYes();
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <p class="dialog-text">${text}</p>
      <div class="dialog-foot">
        <button type="button" class="button" onClick=${onClose}>${words.cancel}</button>
        <button type="button" class="button primary" onClick=${yes}>${verb}</button>
      </div>
    <//>`;
}
