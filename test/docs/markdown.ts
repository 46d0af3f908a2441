import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. Compiled tests lie in test/dist/docs. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A fenced block of a document. */
export interface Block {
  readonly document: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /**
   * What an HTML comment right before it says: `run`, `refused: sentence` or `not checked: reason`; empty without one.
   */
  readonly note: string;
}

/** README, CONTRIBUTING and every page of docs and examples, by their path from the root. */
export function documents(): string[] {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  // Those that are packages of their own are built, and their configs run, by scripts/check-packages.mjs.
  const examples = readdirSync(join(ROOT, 'examples')).filter((name) => !isPackage(name));
  return [
    ...['README.md', 'CONTRIBUTING.md'],
    ...pages.map((name) => `docs/${name}`),
    ...examples.map((name) => `examples/${name}/README.md`).filter((name) => existsSync(join(ROOT, name))),
  ];
}

/** Every Markdown file that git knows or would add, by its path from the root. */
export function markdownFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

function isPackage(example: string): boolean {
  return existsSync(join(ROOT, 'examples', example, 'package.json'));
}

/** The text of a document. */
export function read(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

/** The fenced blocks of a document, in order. */
export function blocks(document: string): Block[] {
  const found: Block[] = [];
  const fence = /^(?:<!-- (?<note>.*?) -->\n)?```(?<language>\w*)\n(?<text>.*?)^```$/gms;
  const source = read(document);
  for (const { index, groups } of source.matchAll(fence)) {
    const line = source.slice(0, index).split('\n').length;
    const { language = '', text = '', note = '' } = groups!;
    found.push({ document, line, language, text, note });
  }
  return found;
}

/** A link or picture of a document that leads to a place in the repository. */
export interface Link {
  /** From the root, without what follows `#`. */
  readonly path: string;
  /** What follows `#`; empty without one. */
  readonly anchor: string;
}

/** The links of a document to files of the repository and to headings. */
export function links(document: string): Link[] {
  const prose = read(document)
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\((?<target>[^)\s]+)\)/g)].flatMap(({ groups }) => {
    const { target } = groups!;
    if (/^[a-z]+:/.test(target!)) return [];
    const [path = '', anchor = ''] = target!.split('#');
    return [{ path: path === '' ? document : join(dirname(document), path), anchor }];
  });
}

/** The anchors that a code host gives to the headings of a document. */
export function anchors(document: string): string[] {
  const headings = [
    ...read(document)
      .replaceAll(/^```.*?^```$/gms, '')
      .matchAll(/^#+ (.*)$/gm),
  ];
  return headings.map(([, text]) =>
    text!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
