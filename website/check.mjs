// Looks at the built site as a browser would: links and anchors lead somewhere, and nothing is loaded from elsewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Sentences about what is wrong with the site in `folder`. VitePress itself finds pages that do not exist. */
export function checkSite(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => name.replaceAll('\\', '/'));
  const pages = new Map(
    files.filter((name) => name.endsWith('.html')).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  return [...pages].flatMap(([page, text]) => [
    ...loadedFromElsewhere(page, text),
    ...brokenLinks(page, text, pages, folder),
  ]);
}

function loadedFromElsewhere(page, text) {
  const loading =
    /<(?:script|img|iframe|source)\b[^>]*\ssrc="(https?:)?\/\/[^"]+"|<link\b[^>]*\shref="(https?:)?\/\/[^"]+"/g;
  return [...text.matchAll(loading)].map(([tag]) => `${page} loads from elsewhere: ${tag}`);
}

function brokenLinks(page, text, pages, folder) {
  return [...text.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)]
    .map(([, href]) => href.replaceAll('&amp;', '&'))
    .filter((href) => !/^[a-z]+:/.test(href) && href !== '')
    .filter((href) => !leadsSomewhere(href, page, pages, folder))
    .map((href) => `${page} has a broken link: ${href}`);
}

const base = process.env.DOCS_BASE ?? '/';

function leadsSomewhere(href, page, pages, folder) {
  const [path, anchor = ''] = href.split('#');
  const file = path === '' ? page : fileOf(path, page);
  const text = pages.get(file);
  if (text === undefined) return existsSync(join(folder, file));
  return anchor === '' || text.includes(` id="${decodeURIComponent(anchor)}"`);
}

function fileOf(path, page) {
  const whole = path.startsWith(base) ? path.slice(base.length) : posix.join(posix.dirname(page), path);
  if (whole === '' || whole.endsWith('/')) return `${whole}index.html`;
  return /\.\w+$/.test(whole) ? whole : `${whole}.html`;
}
