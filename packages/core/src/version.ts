import { existsSync, readFileSync } from 'node:fs';

/**
 * Reads the version in a package's own package.json, given the URL of any module of the package.
 * @example
 * definePlugin({ name: '@me/plugin', version: packageVersion(import.meta.url) }, components);
 */
export function packageVersion(moduleUrl: string): string {
  let file = new URL('package.json', moduleUrl);
  while (!existsSync(file) && file.pathname !== '/package.json') file = new URL('../package.json', file);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The version of this core. */
export const version = packageVersion(import.meta.url);
