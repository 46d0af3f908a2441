import { UserError } from '@unfold-zoo/core';
import { z } from 'zod';
import { EventFile } from '../files/event-file.js';
import type { FileOptions } from '../files/file-options.js';
import type { OpenEventFile } from '../files/open-events.js';
import type { FileFormat, TableFile } from '../tables/table-file.js';
import { parseLocated, readText } from '../topology/located-yaml.js';
import type { Topology } from '../topology/topology.js';
import { hasOwnLayout } from './layout-mapping.js';
import { MappedFile } from './mapped-file.js';
import { type Mapping, mappingSchema } from './mapping-schema.js';

/**
 * How files of a format are opened: by the mapping of the options or of the topology. Without one, files have the
 * layout of this package; so have those of a topology with a mapping of other files that they were made of.
 * @throws UserError for a file of a mapping that cannot be read, or says what no mapping may.
 */
export function eventOpener(
  format: FileFormat,
  { mapping: written, table }: Pick<FileOptions, 'mapping'> & { readonly table?: string | undefined },
  topology: Topology,
): OpenEventFile {
  const mapping = typeof written === 'string' ? loadMapping(written) : (written ?? topology.mapping);
  if (!mapping && format.opensOwnLayout) return EventFile.open;
  return async (path, ofTopology, options) => {
    const opened = await format.open(path, table);
    const isOwn = written === undefined && mapping !== undefined && isOfOtherFiles(mapping, opened, ofTopology);
    if (!isOwn) return MappedFile.open(opened, ofTopology, mapping, options);
    if (!format.opensOwnLayout) return MappedFile.open(opened, ofTopology, undefined, options);
    await opened.close();
    return EventFile.open(path, ofTopology, options);
  };
}

/** Whether a file has the layout of this package, and no column of those that a mapping names. */
function isOfOtherFiles(mapping: Mapping, { columns }: TableFile, topology: Topology): boolean {
  const text = JSON.stringify(mapping);
  const own = columns.filter(({ name }) => /^(detector|partons)\//.test(name));
  return hasOwnLayout(topology, columns) && !own.some(({ name }) => text.includes(name));
}

/** Reads a mapping of its YAML file. @throws UserError that names file, line and column. */
export function loadMapping(path: string): Mapping {
  const text = readText(path);
  if ('inputs' in parseLocated(text, path, z.looseObject({}))) {
    throw new UserError(
      `invalid mapping: ${path} is a topology; give it as the topology, and the mapping that stands in it goes with it`,
    );
  }
  return parseLocated(text, path, mappingSchema);
}
