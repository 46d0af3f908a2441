import { basename } from 'node:path';
import type { FileFormat } from '../../tables/table-file.js';
import { plainName } from './column-families.js';
import { draftText } from './draft-text.js';
import { draftOf } from './layouts.js';
import { hasOwnLayout, ownLayoutDraft } from './own-layout.js';
import { SampledColumns } from './sampled-columns.js';

/**
 * Drafts the YAML of a topology with its mapping for a file of columns, by the names of the columns and its first rows.
 * Layouts of the field are recognised (NanoAOD, SPANet, Delphes, EnergyFlow, the authors' npz, ATLAS's public Z + jets,
 * that of this package); of other files, objects are what pt, eta, phi and the like are there of. What is a guess, or
 * could not be guessed, stands in comments that begin with `# ?`.
 * @param table which of the tables of a file that has several.
 * @throws UserError for a file that cannot be opened, and for damage.
 */
export async function draftTopology(path: string, format: FileFormat, table?: string): Promise<string> {
  const file = await format.open(path, table);
  try {
    const sample = new SampledColumns(file);
    const draft = hasOwnLayout(sample) ? await ownLayoutDraft(sample, file, format) : await draftOf(sample);
    const name = plainName(basename(path).replace(/\.\w+$/, '')) || 'events';
    return draftText(draft, { name, file: basename(path) });
  } finally {
    await file.close();
  }
}
