import { EventSource } from '@unfold-zoo/core';
import type { Catalogue } from '@unfold-zoo/core/config';
import { type FileFormat, fileFormatsOf } from '@unfold-zoo/data';

/** The format of a data file by the end of its name; HDF5 unless that tells. */
export function formatOf(path: string, catalogue: Catalogue): FileFormat {
  const byName = formatByName(path, catalogue);
  return byName ?? formatsOf(catalogue).find(({ opensOwnLayout }) => opensOwnLayout)!;
}

/** The format that the end of a name tells, if it tells one. */
export function formatByName(path: string, catalogue: Catalogue): FileFormat | undefined {
  return formatsOf(catalogue).find(({ extensions }) => extensions.some((end) => path.toLowerCase().endsWith(end)));
}

function formatsOf(catalogue: Catalogue): readonly FileFormat[] {
  return fileFormatsOf(catalogue.components(EventSource.key));
}
