import { UserError } from '@unfold-zoo/core';
import { checkOptions } from '@unfold-zoo/core/options';
import { draftTopology as draftOfFile } from '@unfold-zoo/data';
import type { z } from 'zod';
import { type CatalogueOptions, catalogueOf } from '../configs/catalogue.js';
import { alikeFiles, checkColumnsAlike } from './alike-files.js';
import { draftOptions } from './draft-options.js';

/** How a file is looked at: the options of the schema `draftOptions`, and plugins whose formats are known too. */
export interface DraftOptions extends z.input<typeof draftOptions> {
  readonly plugins?: CatalogueOptions['plugins'];
}

/**
 * Drafts a topology with its mapping for a data file of any format, as YAML; what is a guess is marked by `# ?`.
 * @param path a file, or a pattern or a folder of files with the same columns, of which the first is looked at.
 * @throws UserError for a file that is missing, damaged or of no format that is read, and for files that are unlike.
 * @example
 * writeFileSync('tops.yaml', await draftTopology('events.root'));
 */
export async function draftTopology(path: string, options: DraftOptions = {}): Promise<string> {
  const { plugins = [], ...given } = options;
  const { table } = checkOptions(draftOptions, given);
  const alike = alikeFiles(path, await catalogueOf({ plugins }));
  const { files, format } = alike;
  if (table !== undefined && !format.hasTables)
    throw new UserError((option) => `unused ${option('table')}: ${format.plural} have one table`);
  if (files.length > 1) await checkColumnsAlike(alike, table);
  return draftOfFile(files[0]!, format, table);
}
