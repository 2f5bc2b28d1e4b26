/**
 * Starts the page: one store, one server, one set of actions, one tree of
 * components.
 */

import { h, render } from 'preact';
import { createApi } from './api.js';
import { App } from './components/app.js';
import { AppContext } from './hooks.js';
import { Page } from './page.js';
import { loadSettings } from './settings.js';
import { initialState } from './state/initial.js';
import { reduce } from './state/reduce.js';
import { createStore } from './state/store.js';
import { fontReady } from './tty/measure.js';
import { allowStyles } from './tty/styles.js';

const base = document.documentElement.dataset.base ?? '/';
const initial = initialState();
const store = createStore(reduce, { ...initial, settings: { ...initial.settings, ...loadSettings() } });
const page = new Page(store, createApi(base), base);

allowStyles();
page.applyTheme();
addEventListener('popstate', () => page.open());
document.addEventListener('click', (e) => page.followLink(e));
render(h(AppContext.Provider, { value: { store, page } }, h(App, {})), /** @type {HTMLElement} */ (document.getElementById('app')));

await fontReady(store.get().settings.fontSize);
page.open();
