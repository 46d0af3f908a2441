import { EventFile } from '../files/event-file.js';
import type { FileOptions } from '../files/file-options.js';
import type { OpenEventFile } from '../files/open-events.js';
import type { FileFormat } from '../tables/table-file.js';
import { parseLocated, readText } from '../topology/located-yaml.js';
import type { Topology } from '../topology/topology.js';
import { MappedFile } from './mapped-file.js';
import { type Mapping, mappingSchema } from './mapping-schema.js';

/**
 * How files of a format are opened: by the mapping of the options or of the topology. Without one, files have the
 * layout of this package.
 * @throws UserError for a file of a mapping that cannot be read, or says what no mapping may.
 */
export function eventOpener(
  format: FileFormat,
  { mapping: written, table }: Pick<FileOptions, 'mapping'> & { readonly table?: string | undefined },
  topology: Topology,
): OpenEventFile {
  const mapping = typeof written === 'string' ? loadMapping(written) : (written ?? topology.mapping);
  if (!mapping && format.opensOwnLayout) return EventFile.open;
  return async (path, ofTopology, options) =>
    MappedFile.open(await format.open(path, table), ofTopology, mapping, options);
}

/** Reads a mapping of its YAML file. @throws UserError that names file, line and column. */
export function loadMapping(path: string): Mapping {
  return parseLocated(readText(path), path, mappingSchema);
}
