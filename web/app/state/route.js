/** @typedef {import('./types.js').Route} Route */

/**
 * Reads an address into a route.
 *
 * @param {string} path whole path
 * @param {string} query with or without "?"
 * @param {string} hash with or without "#"
 * @param {string} base base path, with a slash at both ends
 * @returns {Route}
 */
export function parseRoute(path, query, hash, base) {
  const q = new URLSearchParams(query);
  const sandbox = q.get('sandbox') ?? '';
  if (!`${path}/`.startsWith(base)) return { name: 'missing' };
  const parts = path.slice(base.length).split('/').filter(Boolean).map(decode);
  const [first, second] = parts;
  if (parts.length === 0) return { name: 'catalogue' };
  if (parts.length === 2 && first === 'labs' && second) {
    return { name: 'lab', lab: second, sandbox, step: decode(hash.replace(/^#/, '')) };
  }
  if (parts.length === 1 && first === 'labs') return { name: 'catalogue' };
  if (parts.length === 1 && first === 'shell') return { name: 'shell', sandbox };
  if (parts.length === 1 && first === 'storybook') return { name: 'storybook', story: q.get('story') ?? '' };
  return { name: 'missing' };
}

/**
 * Writes the address of a route, relative to nothing: base path included.
 *
 * @param {Route} route
 * @param {string} base
 * @returns {string}
 */
export function routePath(route, base) {
  const sandbox = 'sandbox' in route && route.sandbox ? `?sandbox=${encodeURIComponent(route.sandbox)}` : '';
  switch (route.name) {
    case 'lab':
      return `${base}labs/${encodeURIComponent(route.lab)}${sandbox}${route.step ? `#${encodeURIComponent(route.step)}` : ''}`;
    case 'shell':
      return `${base}shell${sandbox}`;
    case 'storybook':
      return `${base}storybook${route.story ? `?story=${encodeURIComponent(route.story)}` : ''}`;
    default:
      return base;
  }
}

/** @param {string} s */
function decode(s) {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}
