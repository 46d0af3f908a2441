import { UserError } from '@unfold-zoo/core';

/** Names below /event that files have already. */
const TAKEN: ReadonlySet<string> = new Set(['index', 'weight']);

/**
 * What columns of the input are called where they are kept: the last part of their names, e.g. `run` of `event/run`.
 * @throws UserError for two of one name, and for the names of what is there anyway.
 */
export function carriedNames(columns: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  return columns.map((column) => {
    const name = /[^/.]+$/.exec(column)?.[0] ?? column;
    const other = TAKEN.has(name) ? `/event/${name}, which is there anyway` : seen.get(name);
    if (other !== undefined) throw new UserError(`duplicate column: ${column} would be called as ${other}`);
    seen.set(name, column);
    return name;
  });
}
