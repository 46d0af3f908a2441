// Lets packages import JSON without saying so, as they may where a bundler reads them first.
export function load(url, context, nextLoad) {
  return nextLoad(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context);
}
