import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { checkOptions } from '@unfold-zoo/core/options';
import { draftTopology as draftOfFile } from '@unfold-zoo/data';
import type { z } from 'zod';
import { type CatalogueOptions, catalogueOf } from '../configs/catalogue.js';

import { draftOptions } from './draft-options.js';
import { formatOf } from './file-format.js';

/** How a file is looked at: the options of the schema `draftOptions`, and plugins whose formats are known too. */
export interface DraftOptions extends z.input<typeof draftOptions> {
  readonly plugins?: CatalogueOptions['plugins'];
}

/**
 * Drafts a topology with its mapping for a data file of any format, as YAML; what is a guess is marked by `# ?`.
 * @throws UserError for a file that is missing, damaged or of no format that is read.
 * @example
 * writeFileSync('tops.yaml', await draftTopology('events.root'));
 */
export async function draftTopology(path: string, options: DraftOptions = {}): Promise<string> {
  const { plugins = [], ...given } = options;
  const { table } = checkOptions(draftOptions, given);
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new UserError(`missing ${absolute}: expected a data file`);
  const format = formatOf(absolute, await catalogueOf({ plugins }));
  if (table !== undefined && !format.hasTables)
    throw new UserError((option) => `unused ${option('table')}: ${format.plural} have one table`);
  return draftOfFile(absolute, format, table);
}
