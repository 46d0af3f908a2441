import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import type { Catalogue } from '@unfold-zoo/core/config';
import { type FileFormat, filePaths } from '@unfold-zoo/data';
import { formatByName, formatOf } from './file-format.js';

/** Data files of one format, in the order in which a data source reads them. */
export interface AlikeFiles {
  readonly files: readonly string[];
  readonly format: FileFormat;
}

const DATA = 'a data file, or a pattern or folder of some';

/**
 * The data files that a path names as `data.train` does: a file, a pattern such as `data/*.root`, or a folder.
 * @throws UserError for a path that names none, and for files of several formats.
 */
export function alikeFiles(path: string, catalogue: Catalogue, expected = DATA): AlikeFiles {
  const files = [filePaths().parse(resolve(path))].flat();
  const [first = path] = files;
  if (!existsSync(first)) throw new UserError(`missing ${first}: expected ${expected}`);
  const format = formatOf(first, catalogue);
  const other = files.find((file) => formatOf(file, catalogue) !== format);
  if (other === undefined) return { files, format };
  const [one, two] = [format.plural, formatOf(other, catalogue).plural];
  throw new UserError(
    `mixed files: ${basename(first)} is of ${one} and ${basename(other)} of ${two} in ${path}; expected one kind, ` +
      'as a pattern such as *.root finds',
  );
}

/** Whether a path is a folder of data files, and not that of a run. */
export function isFolderOfData(path: string, catalogue: Catalogue): boolean {
  if (!existsSync(path) || !statSync(path).isDirectory() || existsSync(join(path, 'config.yaml'))) return false;
  return readdirSync(path).some((name) => formatByName(name, catalogue) !== undefined);
}

/** @throws UserError for files that lack columns of the first, or have others. */
export async function checkColumnsAlike({ files, format }: AlikeFiles, table?: string): Promise<void> {
  const namesOf = async (file: string): Promise<ReadonlySet<string>> => {
    const opened = await format.open(file, table);
    const names = opened.columns.map(({ name }) => name);
    await opened.close();
    return new Set(names);
  };
  const [first = '', ...others] = files;
  const expected = await namesOf(first);
  for (const file of others) {
    const found = await namesOf(file);
    const lacking = [...expected].filter((name) => !found.has(name));
    if (lacking.length > 0) throw differs(file, first, lacking);
    const more = [...found].filter((name) => !expected.has(name));
    if (more.length > 0) throw differs(first, file, more);
  }
}

function differs(file: string, other: string, lacking: readonly string[]): UserError {
  const some = lacking.slice(0, 5).join(', ');
  const rest = lacking.length > 5 ? ` and ${lacking.length - 5} more` : '';
  return new UserError(`unlike files: ${file} lacks ${some}${rest}, which ${basename(other)} has`);
}
