import { isUserError, UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import type { TableColumn, TableFile } from './table-file.js';

/** Names that an error lists. */
const SHOWN = 12;

const byName = new WeakMap<readonly TableColumn[], ReadonlyMap<string, TableColumn>>();

/** Columns of a file by their names. */
export function columnsByName({ columns }: Pick<TableFile, 'columns'>): ReadonlyMap<string, TableColumn> {
  const found = byName.get(columns) ?? new Map(columns.map((column) => [column.name, column]));
  byName.set(columns, found);
  return found;
}

/** `, did you mean "Jet_pt"? the file has Jet_pt, Jet_eta, ...`: what to write instead of an unknown name. */
export function nearColumns(name: string, columns: readonly string[]): string {
  const [near = ','] = /^, did you mean .*\?/.exec(alternatives(name, 'columns', columns)) ?? [];
  const more = columns.length > SHOWN ? `, ... (${columns.length} columns)` : '';
  return `${near} the file has ${columns.slice(0, SHOWN).join(', ') || 'none'}${more}`;
}

/** A failure of a library as the damage that it stands for; what is a user's mistake already stays as it is. */
export function damaged(path: string, what: string, error: unknown): UserError {
  if (isUserError(error)) return error as UserError;
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(`damaged ${path}: ${what} cannot be read (${reason.split('\n')[0]})`, { cause: error });
}
