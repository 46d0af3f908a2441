import { join } from 'node:path';
import { checkOverwritesNoInput, writeFileAtomically } from '@unfold-zoo/core/files';
import type { Figure, Table } from '@unfold-zoo/core/findings';
import { pngRenderer } from '../plot/png.js';
import { markdownTable } from '../tables/markdown-table.js';
import { type ReportPage, reportPage } from './report-page.js';

/** A page and what stands beside it in files. */
export interface PageContent {
  readonly page: ReportPage;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  /** Name of the file for programs, and what it holds. */
  readonly json: readonly [name: string, text: string];
  /** The files that all of this was read from; none of them is written over. */
  readonly inputs?: readonly string[] | undefined;
  /** Whether every figure is written as PNG too; needs optional packages, see `pngRenderer`. */
  readonly png?: boolean | undefined;
}

/**
 * Writes a page of tables and figures into a folder, and returns the paths of its files: `index.html`, which needs no
 * other file, `tables.md`, the file for programs, and the figures as SVG. A file is there whole or not at all.
 * @throws UserError, before anything is written, for a folder in which one of them is an input; and for a folder that
 * cannot be written.
 */
export function writePage(directory: string, content: PageContent): string[] {
  const { page, tables, figures, json, inputs = [] } = content;
  // A missing package is known before any work is done.
  const png = content.png ? pngRenderer() : undefined;
  const files: (readonly [string, string | Uint8Array])[] = [
    ...figures.flatMap(({ name, svg }): [string, string | Uint8Array][] => [
      [join('figures', `${name}.svg`), `${svg}\n`],
      ...(png ? [[join('figures', `${name}.png`), png(svg)] as [string, Uint8Array]] : []),
    ]),
    ['tables.md', `# ${page.title}\n\n${tables.map(markdownTable).join('\n')}`],
    json,
    ['index.html', reportPage(page)],
  ];
  const paths = files.map(([name]) => join(directory, name));
  checkOverwritesNoInput(paths, inputs);
  for (const [i, [, data]] of files.entries()) writeFileAtomically(paths[i]!, data);
  return paths;
}
