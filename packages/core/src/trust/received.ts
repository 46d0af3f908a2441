import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { realPath } from '../files/real-path.js';

/**
 * That a value of a config comes from the folder of a run or benchmark, which others may have made. Code that it names
 * is loaded if the user trusts it already, or says so now.
 */
export interface Received {
  /** The folder of the run or benchmark. */
  readonly folder: string;
  /** Whether the user says that its code may be loaded: `--trust-plugins`. */
  readonly isTrusted: boolean;
}

/**
 * The outermost folder of a run or benchmark that a file lies in, at any depth, by its own path or by that which
 * symbolic links lead to; undefined for a file that lies in none.
 */
export function receivedFolder(file: string): string | undefined {
  return [file, realPath(file)].flatMap((path) => foldersAbove(path)).findLast(isRunOrBenchmark);
}

/** Whether a file lies below a folder. Both are absolute, without symbolic links. */
export function isInside(file: string, folder: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && way !== file;
}

/** The folders that a file lies in, innermost first. */
export function foldersAbove(file: string): string[] {
  const folder = dirname(file);
  return folder === file ? [] : [folder, ...foldersAbove(folder)];
}

/** By what a run or benchmark writes beside its config; less than that is a config like any other. */
function isRunOrBenchmark(folder: string): boolean {
  const has = (name: string): boolean => existsSync(join(folder, name));
  if (has('config.yaml') && ['run.json', 'scaling.json', 'checkpoints'].some(has)) return true;
  return has('benchmark.yaml') && (has('floor.json') || holdsRecord(join(folder, 'runs')));
}

/** Whether one of the runs in a folder is that of a benchmark. */
function holdsRecord(runs: string): boolean {
  try {
    return readdirSync(runs).some((name) => existsSync(join(runs, name, 'benchmark.json')));
  } catch {
    return false;
  }
}
