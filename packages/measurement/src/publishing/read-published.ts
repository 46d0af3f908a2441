import { statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { publishedCsv } from './published-csv.js';
import { publishedHepData } from './published-hepdata.js';
import { publishedJson } from './published-json.js';
import type { PublishedSpectrum } from './published-spectrum.js';
import { publishedYoda } from './published-yoda.js';

/** What reads a file, by the end of its name. */
const READERS: Readonly<Record<string, (path: string) => PublishedSpectrum[]>> = {
  '.json': publishedJson,
  '.csv': publishedCsv,
  '.yoda': publishedYoda,
  '.yaml': publishedHepData,
};

/**
 * Reads the spectra of a published result: `measurement.json`, `<observable>.csv`, YODA 2 text, or `submission.yaml` of
 * HEPData or its folder.
 * @throws UserError that names the file, if it is absent, damaged, or of no such format.
 */
export function readPublished(path: string): PublishedSpectrum[] {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'submission.yaml') : path;
  const read = READERS[extname(file)];
  if (read) return read(file);
  const known = 'measurement.json, <observable>.csv, measurement.yoda or submission.yaml';
  throw new UserError(`unknown format of ${basename(file)}: expected ${known}, as unfold measure writes them`);
}
