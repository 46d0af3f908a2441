import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The main file of an optional package, installed in or above `from` or beside this one; undefined if neither. */
export function findPackage(name: string, from = process.cwd()): string | undefined {
  for (const place of [join(from, 'package.json'), import.meta.url]) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // Not there; the next place may have it.
    }
  }
  return undefined;
}

/** Imports a file that `findPackage` found; a CommonJS module is the `default`. */
export async function importFile(file: string): Promise<{ readonly default?: unknown }> {
  return (await import(pathToFileURL(file).href)) as { default?: unknown };
}
