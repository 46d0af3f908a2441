import { readFileSync } from 'node:fs';

/** Reads a JSON fixture of `test/fixtures`. Compiled tests lie in `test/dist`. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')) as T;
}
