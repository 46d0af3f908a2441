import type { Column } from '../files/raw-events.js';
import type { ColumnBlock } from './table-file.js';

/** Rows `start` to `start + count` of a block of `rows`. */
export function sliceBlock({ values, counts }: ColumnBlock, rows: number, start: number, count: number): ColumnBlock {
  if (!counts) {
    const width = rows > 0 ? values.length / rows : 0;
    return { values: values.slice(start * width, (start + count) * width) };
  }
  let first = 0;
  for (let row = 0; row < start; row++) first += counts[row]!;
  let end = first;
  for (let row = start; row < start + count; row++) end += counts[row]!;
  const width = entryWidth({ values, counts });
  return { values: values.slice(first * width, end * width), counts: counts.slice(start, start + count) };
}

/** Blocks one after the other. */
export function joinBlocks(blocks: readonly ColumnBlock[]): ColumnBlock {
  const [first] = blocks;
  if (!first) return { values: new Float64Array(0) };
  if (blocks.length === 1) return first;
  const values = joined(blocks.map((block) => block.values));
  if (!first.counts) return { values };
  return { values, counts: joined(blocks.map((block) => block.counts!)) as Int32Array };
}

function joined(parts: readonly Column[]): Column {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const isAlike = parts.every((part) => part.constructor === parts[0]!.constructor);
  const Type = (isAlike ? parts[0]!.constructor : Float64Array) as Float64ArrayConstructor;
  const values = new Type(length);
  let filled = 0;
  for (const part of parts) {
    // Parts of one type are copied as they are; others become doubles.
    values.set(isAlike ? (part as Float64Array) : Float64Array.from(part as ArrayLike<number>, Number), filled);
    filled += part.length;
  }
  return values as unknown as Column;
}

/** Some rows of a block of `rows`, in ascending order. */
export function pickRows(block: ColumnBlock, rows: number, picked: Float64Array): ColumnBlock {
  if (picked.length === rows) return block;
  const { values, counts } = block;
  const width = counts ? entryWidth(block) : rows > 0 ? values.length / rows : 0;
  const starts = new Float64Array(rows + 1);
  for (let row = 0; row < rows; row++) starts[row + 1] = starts[row]! + (counts ? counts[row]! * width : width);
  const found = picked.length > 0 ? copiedRows(values, starts, picked) : values.slice(0, 0);
  return counts ? { values: found, counts: Int32Array.from(picked, (row) => counts[row]!) } : { values: found };
}

function copiedRows(values: Column, starts: Float64Array, picked: Float64Array): Column {
  let length = 0;
  for (const row of picked) length += starts[row + 1]! - starts[row]!;
  const found = new (values.constructor as Float64ArrayConstructor)(length);
  const from = values as Float64Array;
  let filled = 0;
  for (const row of picked) for (let i = starts[row]!; i < starts[row + 1]!; i++) found[filled++] = from[i]!;
  return found as unknown as Column;
}

/** Numbers of each entry of a jagged block. */
function entryWidth({ values, counts }: ColumnBlock): number {
  const entries = counts!.reduce((sum, count) => sum + count, 0);
  return entries > 0 ? values.length / entries : 1;
}
