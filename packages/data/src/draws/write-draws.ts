import type { AttributeValue } from '../files/hdf5/writer.js';
import { MOMENTUM_COMPONENTS } from '../files/raw-events.js';
import type { ArrayColumn } from '../writing/array-writer.js';
import { writableFormatOf } from '../writing/writable-formats.js';
import { carriedPath, type DrawShape, drawFields, INDEX, type IndexedDraws } from './draw-layout.js';

/** What a file of draws is of. */
export interface DrawsToWrite extends DrawShape {
  /** Events in all. */
  readonly events: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/**
 * Writes draws block by block, in the format that the name of the file says: `/draws/momenta`, `/truth/momenta`,
 * `/event/weight` and `/event/index`, and `/event/<name>` for what was carried from the input.
 * @throws UserError for a disk that does not take it, and a format that is not written; there is no file then.
 */
export async function writeDraws(
  path: string,
  { events, attributes, ...shape }: DrawsToWrite,
  blocks: AsyncIterable<IndexedDraws> | Iterable<IndexedDraws>,
): Promise<void> {
  await writableFormatOf(path).write(path, { rows: events, compressed: false }, async (writer) => {
    for await (const block of blocks) await writer.append(block.size, arraysOf(shape, block));
    await writer.setAttributes(attributes);
  });
}

function arraysOf(shape: DrawShape, block: IndexedDraws): ArrayColumn[] {
  const names = { particles: shape.particles, components: MOMENTUM_COMPONENTS };
  const arrays = drawFields(shape).map(({ key, dataset, rowShape }) => {
    const array = { path: dataset, rowShape, values: block[key]! };
    return key === 'weights' ? array : { ...array, names };
  });
  const carried = Object.entries(block.carried ?? {}).map(([name, values]) => {
    return { path: carriedPath(name), rowShape: [], values };
  });
  // Files that are joined may have them in another order each.
  carried.sort((a, b) => (a.path < b.path ? -1 : 1));
  return [...arrays, { path: INDEX, rowShape: [], values: block.index }, ...carried];
}
