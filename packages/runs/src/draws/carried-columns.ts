import { type EventSource, type Split, UserError } from '@unfold-zoo/core';
import { type CarryColumns, carriedNames } from '@unfold-zoo/data';

/**
 * Reads columns of the input that are kept beside the draws; undefined where none are asked for.
 * @throws UserError for data without columns, two columns of one name, and a column that cannot be carried.
 */
export async function carriedColumns(
  source: EventSource,
  split: Split,
  columns: readonly string[],
): Promise<CarryColumns | undefined> {
  if (columns.length === 0) return undefined;
  if (!source.readColumns)
    throw new UserError((option) => `unused ${option('carry')}: these data are no files, and have no columns`);
  const names = carriedNames(columns);
  const carry: CarryColumns = async (start, count) => {
    const read = await source.readColumns!(split, columns, start, count);
    return Object.fromEntries(names.map((name, i) => [name, read[columns[i]!]!]));
  };
  await carry(0, 1);
  return carry;
}
