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

/** A file of the built pages. @throws UserError where they are not built. */
export function readPage(name: string): Buffer {
  const file = new URL(name, FOLDER);
  if (existsSync(file)) return readFileSync(file);
  const path = fileURLToPath(file);
  throw new UserError(`missing ${path}: the pages are not built; in the repository, "npm run build" makes them`);
}

/** The style of the pages: that of reports, and what pages have besides. */
export function pageStyle(): Buffer {
  return Buffer.concat([Buffer.from(REPORT_STYLE), readPage('style.css')]);
}

/**
 * The files of the pages by the paths that they are served under. All of them are in memory: no path of a request ever
 * becomes a path of the disk.
 * @throws UserError where they are not built.
 */
export function readPages(): ReadonlyMap<string, PageFile> {
  const script = 'text/javascript; charset=utf-8';
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', content: readPage('index.html') }],
    ['/app.js', { type: script, content: readPage('app.js') }],
    ['/binning.js', { type: script, content: readPage('binning.js') }],
    ['/style.css', { type: 'text/css; charset=utf-8', content: pageStyle() }],
  ]);
}
