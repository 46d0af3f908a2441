import type { Column } from '../../../files/raw-events.js';
import { numbersFrom } from '../../nested-rows.js';
import { giveBack, takeMemory } from './page-memory.js';
import type { PageNumbers } from './page-numbers.js';
import type { HeldValues } from './page-values.js';
import type { ColumnLevels } from './pages.js';

/** The entries of a page: of a column of lists those of each row that begins in it, behind those of the row before. */
export interface PageBlock extends HeldValues {
  readonly values: Column;
  /** [rows] where they end among the values, with where the first begins in front; absent where a row is a number. */
  readonly ends?: Uint32Array;
}

/** Gives back the memory of a page that is done with. */
export function giveBackPage({ memory }: HeldValues): void {
  if (memory) giveBack(memory);
}

/** The entries among the numbers of a page. */
export function blockOfPage(numbers: PageNumbers, levels: ColumnLevels): PageBlock {
  const { definition, rows } = numbers;
  if (!rows) return withNulls(numbers, definition, { ...levels, entry: 0 });
  return { ...withNulls(numbers, definition, levels, rows.entries), ends: rows.ends };
}

/** Values with NaN where one is null: its level is that of an entry or more, and less than the most. */
function withNulls(
  { values, memory }: HeldValues,
  levels: Uint8Array | undefined,
  { definition, entry }: ColumnLevels,
  entries = levels?.length ?? values.length,
): PageBlock {
  const there = ArrayBuffer.isView(values) ? (values as Column) : numbersFrom(values);
  if (entries === there.length) return memory ? { values: there, memory } : { values: there };
  const spread = takeMemory(entries * Float64Array.BYTES_PER_ELEMENT);
  const filled = new Float64Array(spread.buffer, 0, entries).fill(Number.NaN);
  let [at, next] = [0, 0];
  for (const level of levels!) {
    if (level < entry) continue;
    if (level === definition) filled[at] = Number(there[next++]);
    at++;
  }
  if (memory) giveBack(memory);
  return { values: filled, memory: spread };
}
