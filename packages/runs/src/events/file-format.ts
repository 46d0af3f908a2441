import { EventSource } from '@unfold-zoo/core';
import type { Catalogue } from '@unfold-zoo/core/config';
import { type FileFormat, fileFormatsOf } from '@unfold-zoo/data';

/** The format of a data file by the end of its name; HDF5 unless that tells. */
export function formatOf(path: string, catalogue: Catalogue): FileFormat {
  const formats = fileFormatsOf(catalogue.components(EventSource.key));
  const byName = formats.find(({ extensions }) => extensions.some((end) => path.toLowerCase().endsWith(end)));
  return byName ?? formats.find(({ opensOwnLayout }) => opensOwnLayout)!;
}
