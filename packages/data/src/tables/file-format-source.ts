import { type Component, component, EventSource } from '@unfold-zoo/core';
import { LoadedCatalogue, topologiesOf } from '@unfold-zoo/core/config';
import { z } from 'zod';
import { fileOptions } from '../files/file-options.js';
import { FileSource } from '../files/file-source.js';
import type { FileFormat } from './table-file.js';

const table = z.string().optional().describe('Which of the tables of a file. Default: the only one.');

/** The component of a data source that reads files of a format, which commands that look into files find by it. */
export interface FileFormatSource extends Component<EventSource> {
  readonly format: FileFormat;
}

/**
 * The data source of a format of files: all that a plugin lists to add one.
 * @example
 * export default definePlugin(facts, [fileFormatSource(arrowFormat)]); // data: { kind: arrow, train: events.arrow }
 */
export function fileFormatSource(format: FileFormat): FileFormatSource {
  const options = format.hasTables ? fileOptions.safeExtend({ table }) : fileOptions;
  const source = component(EventSource, format.kind, {
    description: `Events of ${format.plural}; the splits are files of their own or parts of the training file.`,
    options: options as typeof fileOptions,
    inject: [LoadedCatalogue],
    create: ({ options: chosen }, { plugins }) => new FileSource(chosen, { topologies: topologiesOf(plugins), format }),
  });
  return { ...source, format };
}

/** The formats that components of data sources read. */
export function fileFormatsOf(components: readonly Component[]): FileFormat[] {
  return components.flatMap((each) => ('format' in each ? [(each as FileFormatSource).format] : []));
}
