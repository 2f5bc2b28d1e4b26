/** @typedef {import('./state/types.js').Settings} Settings */

const KEY = 'nslab.settings';

/**
 * The settings of this browser, as far as it kept them and they make sense.
 *
 * @returns {Partial<Settings>}
 */
export function loadSettings() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    /** @type {Partial<Settings>} */
    const out = {};
    if (['system', 'light', 'dark'].includes(kept.theme)) out.theme = kept.theme;
    if (['tabs', 'split'].includes(kept.layout)) out.layout = kept.layout;
    if (kept.fontSize >= 10 && kept.fontSize <= 28) out.fontSize = Math.round(kept.fontSize);
    if (kept.split >= 20 && kept.split <= 80) out.split = kept.split;
    if (kept.screenReader === true) out.screenReader = true;
    return out;
  } catch {
    return {}; // no storage here (a frame of another site), or not ours
  }
}

/**
 * Keeps the settings, where the browser lets us. The permission to write the
 * clipboard is not kept: it is given for one visit.
 *
 * @param {Settings} settings
 */
export function saveSettings({ clipboard: _, ...settings }) {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Then the settings last as long as the page.
  }
}
