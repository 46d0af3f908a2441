import type { Topology } from '../topology/topology.js';
import { columnPath, MOMENTA, momentaRow, WEIGHT } from './event-layout.js';
import { type AttributeValue, Hdf5Writer } from './hdf5/writer.js';
import { type Column, MOMENTUM_COMPONENTS, type RawEvents } from './raw-events.js';

const STORAGE = { chunkRows: 4096, filter: { gzip: 6 } };

/**
 * Writes blocks of events to an HDF5 file that `hdf5` reads, as they come: memory does not grow with the file.
 * Returns the number of events. A crash leaves no file.
 * @throws UserError for a full or read-only disk, which leaves no file either; TypeError for blocks of other datasets.
 */
export async function writeEvents(
  path: string,
  topology: Topology,
  blocks: AsyncIterable<RawEvents> | Iterable<RawEvents>,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Promise<number> {
  let events = 0;
  let written: string[] = [];
  await Hdf5Writer.write(path, async (writer) => {
    for await (const raw of blocks) {
      if (raw.size === 0) continue;
      const datasets = [...datasetsOf(topology, raw)];
      const paths = datasets.map(([path]) => path);
      if (events === 0) written = paths;
      else if (String(paths) !== String(written)) throw new TypeError(`blocks differ: ${paths} after ${written}`);
      for (const [dataset, rowShape, rows] of datasets) writer.append(dataset, rowShape, rows, STORAGE);
      events += raw.size;
    }
    if (written.includes(MOMENTA)) writer.setAttributes(MOMENTA, momentaAttributes(topology));
    writer.setAttributes('/', { layout_version: 1, topology: topology.name, ...attributes, n_events: events });
  });
  return events;
}

function momentaAttributes({ particles }: Topology): Record<string, AttributeValue> {
  return { particles: particles.map(({ name }) => name), components: MOMENTUM_COMPONENTS, units: 'GeV' };
}

function* datasetsOf(topology: Topology, raw: RawEvents): Generator<[path: string, rowShape: number[], rows: Column]> {
  const rowShape = (rows: Column): number[] => (rows.length === raw.size ? [] : [rows.length / raw.size]);
  if (raw.momenta) yield [MOMENTA, momentaRow(topology), raw.momenta];
  for (const [group, columns] of Object.entries(raw.groups)) {
    for (const [name, rows] of Object.entries(columns)) yield [columnPath(group, name), rowShape(rows), rows];
  }
  if (raw.weights) yield [WEIGHT, [], raw.weights];
  for (const [path, rows] of Object.entries(raw.extras ?? {})) yield [path, rowShape(rows), rows];
}
