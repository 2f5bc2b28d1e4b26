import { h } from 'preact';
import htm from 'htm';

/** JSX without a build step: html`<${Component} prop=${value} />`. */
export const html = htm.bind(h);
