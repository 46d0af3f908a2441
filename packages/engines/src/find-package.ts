import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '@unfold-zoo/core';

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

/** The same, where loading may fail for reasons of the user's machine: then a `UserError` with what to do about it. */
export async function importInstalled(name: string, file: string, advice?: string): ReturnType<typeof importFile> {
  try {
    return await importFile(file);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const reason = `it is installed, but loading it failed with: ${detail}`;
    throw new UserError(`invalid ${name}: ${[reason, advice].filter(Boolean).join('; ')}`, { cause });
  }
}
