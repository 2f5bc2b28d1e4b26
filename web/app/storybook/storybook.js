import { useContext, useEffect, useMemo } from 'preact/hooks';
import { Frame } from '../components/app.js';
import { AppContext, useStore } from '../hooks.js';
import { html } from '../html.js';
import { Page } from '../page.js';
import { initialState } from '../state/initial.js';
import { reduce } from '../state/reduce.js';
import { createStore } from '../state/store.js';
import { stories } from './stories.js';

/** What the fixture terminals show: a prompt, the sixteen colours, wide characters. */
const SCREEN = [
  '\x1b[1mone\x1b[0m:~# readlink /proc/$$/ns/uts\r\nuts:[4026531838]\r\n',
  '\x1b[1mone\x1b[0m:~# \x1b[31mred \x1b[32mgreen \x1b[33myellow \x1b[34mblue \x1b[35mmagenta \x1b[36mcyan \x1b[90mgrey\x1b[0m 名前 ─┬─┐\r\n',
  '\x1b[1mone\x1b[0m:~# ',
].join('');

/**
 * /storybook: every state of the page from fixtures, with no server but for
 * the files. /storybook?story=NAME shows one alone, for screenshots.
 */
export default function Storybook() {
  const route = useStore((s) => s.route);
  const name = route.name === 'storybook' ? route.story : '';
  const story = stories.find((s) => s.name === name);
  if (story) return html`<${Story} key=${name} story=${story} />`;
  return html`
    <main class="catalogue">
      <h1>Storybook</h1>
      <ul>${stories.map((s) => html`<li><a href=${`?story=${s.name}`}>${s.title}</a></li>`)}</ul>
    </main>`;
}

/** @param {{story: import('./stories.js').Story}} props */
function Story({ story }) {
  const { page: outer } = useContext(AppContext);
  const app = useMemo(() => {
    const store = createStore(reduce, story.events.reduce(reduce, initialState()));
    const page = new Page(store, /** @type {any} */ ({ now: () => Date.now() }), outer.base);
    for (const shell of store.get().sandbox?.shells ?? []) {
      page.terminals.open(shell, shell.title, { cols: 80, rows: 24 }).term.write(SCREEN);
    }
    return { store, page };
  }, [story, outer]);
  useEffect(() => () => app.page.terminals.closeAll(), [app]);
  return html`<${AppContext.Provider} value=${app}><${Frame} /><//>`;
}
