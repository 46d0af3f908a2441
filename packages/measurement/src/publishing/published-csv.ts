import { basename } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { readBytes } from '@unfold-zoo/core/files';
import type { PublishedSpectrum } from './published-spectrum.js';

const WHAT = 'an <observable>.csv of unfold measure';

/** The spectra of an `<observable>.csv`, by all its methods. Its observable is the name of the file. */
export function publishedCsv(path: string): PublishedSpectrum[] {
  const [heading = [], ...rows] = readBytes(path, WHAT).toString('utf8').trim().split(/\r?\n/).map(fieldsOf);
  const axes = heading.filter((name) => /^low_\d+$/.test(name)).length;
  const methods = heading.flatMap((name) => /^'?(.*) events$/.exec(name)?.[1] ?? []);
  if (axes === 0 || methods.length === 0) {
    throw new UserError(`invalid ${path}: expected ${WHAT}, whose columns are low_1, high_1 and "<method> events"`);
  }
  const number = (row: readonly string[], name: string): number => {
    const column = heading.findIndex((each) => each.replace(/^'/, '') === name);
    const text = row[column] ?? '';
    const value = text === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new UserError(`invalid ${path}: column "${name}" has "${text}" in a row, expected a number`);
  };
  const end = (row: readonly string[], name: string): number | null =>
    row[heading.indexOf(name)] === '' ? null : number(row, name);
  return methods.map((method) => ({
    observable: basename(path, '.csv'),
    method,
    values: 'events',
    bins: rows.map((row) => ({
      ranges: Array.from(
        { length: axes },
        (_, axis) => [end(row, `low_${axis + 1}`), end(row, `high_${axis + 1}`)] as const,
      ),
      value: number(row, `${method} events`),
      error: number(row, `${method} total_error`),
    })),
  }));
}

/** The fields of a line, those in quotation marks with what they hold. */
function fieldsOf(line: string): string[] {
  const fields = `${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g);
  return [...fields].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
