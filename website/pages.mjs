// The pages of the site: the Markdown files of the repository where they lie, and the sources that they lead to.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix } from 'node:path';

const root = join(import.meta.dirname, '..');
const PICTURES = ['.svg', '.png'];
const LANGUAGES = { '.ts': 'ts', '.mjs': 'js', '.yaml': 'yaml', '.sh': 'sh', '.py': 'python', '.json': 'json' };

/** Writes every page below `folder`. README.md is the first page. */
export function writePages(folder) {
  const sources = new Set();
  for (const page of pagesOfRepository()) {
    const text = readFileSync(join(root, page), 'utf8');
    write(join(folder, page === 'README.md' ? 'index.md' : page), withLinks(text, page, folder, sources));
  }
  for (const source of sources) write(join(folder, `${source}.md`), sourcePage(source));
}

/** What people read: the documents of the root, docs, and the READMEs of examples and packages. */
function pagesOfRepository() {
  const inFolders = ['examples', 'packages'].flatMap((folder) =>
    ['', ...readdirSync(join(root, folder))].map((name) => posix.join(folder, name, 'README.md')),
  );
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true }).map(
    (name) => `docs/${name.replaceAll('\\', '/')}`,
  );
  const inRoot = readdirSync(root);
  return [...inRoot, ...inDocs, ...inFolders].filter((path) => path.endsWith('.md') && existsSync(join(root, path)));
}

/** The text with links that lead somewhere on the site; collects the sources among them, and copies pictures. */
function withLinks(text, page, folder, sources) {
  return outsideOfCode(text, (prose) =>
    prose.replaceAll(/(!?\[[^\]]*\])\(([^)\s]+)\)/g, (link, label, target) => {
      if (/^[a-z]+:|^#/.test(target)) return link;
      const [path, anchor] = target.split('#');
      const there = posix.join(posix.dirname(page), path);
      if (PICTURES.includes(extname(there)))
        return `${label}(${pictureOf(there, label.startsWith('!'), page, folder)})`;
      const place = placeOf(there, sources);
      if (place === undefined) return label.replace(/^\[(.*)\]$/, '$1');
      return `${label}(${relativeTo(page, place)}${anchor === undefined ? '' : `#${anchor}`})`;
    }),
  );
}

function outsideOfCode(text, change) {
  return text
    .split(/(^```.*?^```$|`[^`\n]*`)/ms)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join('');
}

/** A picture that is shown lies beside its page; one that is linked lies where files are served as they are. */
function pictureOf(path, isShown, page, folder) {
  cpSync(join(root, path), join(folder, isShown ? path : join('public', path)));
  return isShown ? relativeTo(page, path) : `/${path}`;
}

/** Where a file of the repository is on the site; undefined for a folder without a README. */
function placeOf(path, sources) {
  if (path === 'README.md' || path === '.') return 'index.md';
  if (statSync(join(root, path)).isDirectory()) {
    const readme = posix.join(path, 'README.md');
    return existsSync(join(root, readme)) ? readme : undefined;
  }
  if (path.endsWith('.md')) return path;
  sources.add(path);
  return `${path}.md`;
}

function relativeTo(page, target) {
  const path = posix.relative(posix.dirname(page), target);
  return path.startsWith('.') ? path : `./${path}`;
}

function sourcePage(source) {
  const text = readFileSync(join(root, source), 'utf8');
  const language = LANGUAGES[extname(source)] ?? 'txt';
  const head = '---\noutline: false\nsearch: false\n---\n\n';
  const fence = '````';
  return `${head}# ${posix.basename(source)}\n\n\`${source}\`\n\n${fence}${language}\n${text}${fence}\n`;
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
