import { readFileSync } from 'node:fs';

/** Reads the version in a package's own package.json, given the URL of a module one folder below it. */
export function packageVersion(moduleUrl: string): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', moduleUrl), 'utf8')) as { version: string };
  return manifest.version;
}

/** The version of this core. */
export const version = packageVersion(import.meta.url);
