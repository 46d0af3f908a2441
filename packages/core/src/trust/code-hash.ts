import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { isFile, realPath } from '../files/real-path.js';
import { sha256 } from '../files/sha256.js';
import { foldersAbove, isInside } from './received.js';

/** Files that Node may run or load, and what says how. */
const CODE = /(\.([cm]?[jt]sx?|node|wasm|dll|dylib|so(\.\d+)*)|^package\.json)$/;
/** Text in which other files may be named. */
const SCRIPT = /\.[cm]?[jt]sx?$/;
/** A text that begins as a relative path does, as in `import './helper.js'`. */
const RELATIVE = /['"`](\.{1,2}\/[^'"`\n?#]+)/g;
/** What Node adds to a name that is no file. */
const ENDINGS = ['', '.js', '.cjs', '.mjs', '.ts', '.json', '.node', '/index.js', '/package.json'];

/**
 * SHA-256 of the code that runs when a file is loaded: of everything that Node may run in `received`, where the file
 * lies in that folder; of its whole package, where it is part of an installed one; else of the file. In all cases, of
 * the files too that these name by relative paths, and those that they name in turn. Not of other packages, nor of
 * files whose names are only known when the code runs.
 */
export function codeHash(file: string, received: string): string {
  const found = new Set([file, ...codeBeside(file, realPath(received))]);
  // A set grows while it is walked.
  for (const each of found) for (const named of namedFiles(each)) found.add(named);
  return sha256([...found].sort().flatMap((each) => [each, '\0', sha256([readFileSync(each)]), '\0']));
}

function codeBeside(file: string, received: string): string[] {
  if (isInside(file, received)) return codeBelow(received, new Set());
  if (!file.split(sep).includes('node_modules')) return [];
  const ownPackage = foldersAbove(file).find((folder) => existsSync(join(folder, 'package.json')));
  return codeBelow(ownPackage ?? dirname(file), new Set());
}

/** `seen`: folders that were looked at, so that symbolic links lead nowhere twice. */
function codeBelow(folder: string, seen: Set<string>): string[] {
  const real = realPath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  return readdirSync(real, { withFileTypes: true }).flatMap((entry) => codeOf(entry, join(real, entry.name), seen));
}

function codeOf(entry: Dirent, path: string, seen: Set<string>): string[] {
  if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) return codeBelow(path, seen);
  return CODE.test(entry.name) && isFile(path) ? [path] : [];
}

function namedFiles(file: string): string[] {
  if (!SCRIPT.test(file) && extname(file) !== '') return [];
  const named = [...readFileSync(file, 'latin1').matchAll(RELATIVE)].map(([, path]) => resolve(dirname(file), path!));
  return named.flatMap((path) => ENDINGS.map((ending) => path + ending).filter(isFile)).map(realPath);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
