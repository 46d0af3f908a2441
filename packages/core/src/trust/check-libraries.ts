import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { NamedLibrary } from '../config/interpret.js';
import { messageNaming } from '../errors.js';
import { realPath } from '../files/real-path.js';
import { checkTrust, isUntrustedCode, UntrustedCode } from './check-trust.js';
import { isInside } from './received.js';

/** Where only an administrator puts libraries. */
const SYSTEM_FOLDERS = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib', '/opt', '/Library', '/System'];

/**
 * Refuses libraries that a run names by a path, unless they lie in a folder of the system's or are trusted. A name that
 * is no path is looked for where the system has its libraries. Returns the paths of those that the user names.
 * @throws UntrustedCode with the place of the option.
 */
export function checkLibraries(libraries: readonly NamedLibrary[]): string[] {
  const byPath = libraries.filter(({ name }) => /[\\/]/.test(name) && existsSync(name));
  return byPath.filter((each) => !isOfSystem(each)).flatMap(checkLibrary);
}

function isOfSystem({ name }: NamedLibrary): boolean {
  const file = realPath(resolve(name));
  return SYSTEM_FOLDERS.some((folder) => isInside(file, folder));
}

function checkLibrary({ path, name, origin: { place, received } }: NamedLibrary): string[] {
  const file = resolve(name);
  if (!received) return [file];
  try {
    checkTrust({ what: 'library', writtenAs: name, file, received });
    return [];
  } catch (error) {
    if (!isUntrustedCode(error)) throw error;
    throw new UntrustedCode((option) => `${place} ${path.join('.')}: ${messageNaming(error, option)}`, error.names);
  }
}
