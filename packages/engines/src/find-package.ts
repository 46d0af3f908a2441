import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '@unfold-zoo/core';

/**
 * The main file of an optional package that is installed where this one is; undefined if it is not. The folder that a
 * command runs in is not asked: it may have come from others.
 */
export function findPackage(name: string): string | undefined {
  return resolveFrom(import.meta.url, name);
}

/** Of these packages, where the folder that the command runs in has one, a sentence that it is not used. */
export function ignoredPackage(names: readonly string[]): string | undefined {
  const file = names.map((name) => resolveFrom(join(process.cwd(), 'package.json'), name)).find((each) => each);
  return file && `${file} is not used, because the folder of a command may have come from others`;
}

function resolveFrom(place: string, name: string): string | undefined {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
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
