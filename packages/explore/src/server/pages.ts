import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { REPORT_STYLE } from '@unfold-zoo/report';

/** A file of the pages. */
export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

const FOLDER = new URL('../page/', import.meta.url);

/**
 * The files of the pages by the paths that they are served under. All of them are in memory: no path of a request ever
 * becomes a path of the disk.
 * @throws UserError where they are not built.
 */
export function readPages(): ReadonlyMap<string, PageFile> {
  const missing = ['index.html', 'app.js', 'binning.js', 'style.css'].find(
    (name) => !existsSync(new URL(name, FOLDER)),
  );
  if (missing !== undefined) {
    const path = fileURLToPath(new URL(missing, FOLDER));
    throw new UserError(`missing ${path}: the pages are not built; in the repository, "npm run build" makes them`);
  }
  const read = (name: string): Buffer => readFileSync(new URL(name, FOLDER));
  const script = 'text/javascript; charset=utf-8';
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', content: read('index.html') }],
    ['/app.js', { type: script, content: read('app.js') }],
    ['/binning.js', { type: script, content: read('binning.js') }],
    [
      '/style.css',
      { type: 'text/css; charset=utf-8', content: Buffer.concat([Buffer.from(REPORT_STYLE), read('style.css')]) },
    ],
  ]);
}
