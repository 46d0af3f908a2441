import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const pages = join(import.meta.dirname, '../pages');

/** The anchor that a code host gives to a heading, so that links hold there and here. */
function anchorOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The groups of docs/README.md, as it has them: a bold line, then links. */
function guide() {
  const groups = readFileSync(join(pages, 'docs/README.md'), 'utf8').split(/^(?=\*\*.+\*\*$)/m);
  return groups.slice(1).map((text) => ({ text: text.split('**')[1], items: linksIn(text, '/docs/') }));
}

/** The links of a text to other pages. */
function linksIn(text, folder) {
  const links = [...text.matchAll(/\[([^\]]+)\]\((?:\.\/)?([^)#:]+)\.md\)/g)];
  return links.map(([, name, page]) => ({ text: name[0].toUpperCase() + name.slice(1), link: `${folder}${page}` }));
}

function api() {
  const items = linksIn(readFileSync(join(pages, 'api/index.md'), 'utf8'), '/api/');
  return [{ text: 'API', link: '/api/', items }];
}

function titled(page) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(pages, `${page}.md`), 'utf8')) ?? [];
  return { text: title ?? page, link: `/${page}` };
}

function readmesOf(folder) {
  const names = readdirSync(join(pages, folder)).filter((name) => existsSync(join(pages, folder, name, 'README.md')));
  return names.map((name) => titled(`${folder}/${name}/README`));
}

const project = ['CHANGELOG', 'CONTRIBUTING', 'CODE_OF_CONDUCT', 'SECURITY'];

export default {
  title: 'unfold-zoo',
  description: 'A model zoo for generative unfolding in high energy physics',
  srcDir: 'pages',
  outDir: 'dist',
  base: process.env.DOCS_BASE ?? '/',
  lastUpdated: false,
  markdown: { anchor: { slugify: anchorOf } },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Guide', link: '/docs/getting-started', activeMatch: '^/(docs|examples|packages)/' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
    ],
    sidebar: {
      '/api/': api(),
      '/': [
        ...guide(),
        { text: 'Examples', collapsed: true, items: [titled('examples/README'), ...readmesOf('examples')] },
        { text: 'Packages', collapsed: true, items: readmesOf('packages') },
        { text: 'Project', collapsed: true, items: project.map(titled) },
      ],
    },
  },
};
