import { columnPath, MOMENTA, momentaRow, WEIGHT } from '../files/event-layout.js';
import type { AttributeValue } from '../files/hdf5/writer.js';
import { type Column, LENGTHS, MOMENTUM_COMPONENTS, type RawEvents } from '../files/raw-events.js';
import type { Topology } from '../topology/topology.js';
import type { ArrayColumn } from './array-writer.js';
import { writableFormatOf } from './writable-formats.js';

/**
 * Writes blocks of events as they come, in the layout that data sources read without a mapping: memory does not grow
 * with the file. The name of the file says the format: Parquet, npz, or else HDF5.
 * Returns the number of events. A crash leaves no file.
 * @throws UserError for a full or read-only disk, which leaves no file either, and for a format that is not written;
 * TypeError for blocks of other datasets.
 */
export async function writeEvents(
  path: string,
  topology: Topology,
  blocks: AsyncIterable<RawEvents> | Iterable<RawEvents>,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Promise<number> {
  let events = 0;
  let written: string[] = [];
  await writableFormatOf(path).write(path, { compressed: true }, async (writer) => {
    for await (const raw of blocks) {
      if (raw.size === 0) continue;
      const arrays = arraysOf(topology, raw);
      const paths = arrays.map(({ path }) => path);
      if (events === 0) written = paths;
      else if (String(paths) !== String(written)) throw new TypeError(`blocks differ: ${paths} after ${written}`);
      await writer.append(raw.size, arrays);
      events += raw.size;
    }
    await writer.setAttributes({ layout_version: 1, topology: topology.name, ...attributes, n_events: events });
  });
  return events;
}

function arraysOf(topology: Topology, raw: RawEvents): ArrayColumn[] {
  const rowShape = (rows: Column): number[] => (rows.length === raw.size ? [] : [rows.length / raw.size]);
  const array = (path: string, values: Column): ArrayColumn => ({ path, rowShape: rowShape(values), values });
  const names = { particles: topology.particles.map(({ name }) => name), components: MOMENTUM_COMPONENTS };
  return [
    ...(raw.momenta ? [{ path: MOMENTA, rowShape: momentaRow(topology), values: raw.momenta, names }] : []),
    ...Object.entries(raw.groups).flatMap(([group, columns]) =>
      Object.entries(columns).map(([name, values]) => {
        const lengths = name === LENGTHS ? undefined : columns[LENGTHS];
        return { ...array(columnPath(group, name), values), ...(lengths && { lengths }) };
      }),
    ),
    ...(raw.weights ? [array(WEIGHT, raw.weights)] : []),
    ...Object.entries(raw.extras ?? {}).map(([path, values]) => array(path, values)),
  ];
}
