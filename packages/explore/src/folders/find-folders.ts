import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { sha256 } from '@unfold-zoo/core/files';
import { runPlace } from '@unfold-zoo/runs';

/** The folder of a run or of a benchmark. */
export interface FoundFolder {
  /** By which pages name it: no path comes from a browser. */
  readonly id: string;
  readonly kind: 'run' | 'benchmark';
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** From the folder that was named on. */
  readonly name: string;
}

/** How far below a folder is looked, and how many folders are looked at. */
const DEEPEST = 5;
const MOST_FOLDERS = 5000;
/** Of runs and of packages: no other run lies in them. */
const SKIPPED = new Set(['checkpoints', 'tensorboard', 'report', 'node_modules', 'dist', 'figures']);

/**
 * The folders that names stand for: paths, `pretrained:<name>`, or names of folders in `runs` or `benchmarks`.
 * @throws UserError for what is not there.
 */
export function namedFolders(names: readonly string[]): string[] {
  return names.map((name) => {
    const found = [runPlace(name).folder, join('benchmarks', name), join('runs', name)].find((path) =>
      existsSync(path),
    );
    if (found === undefined) throw new UserError(`missing ${name}: expected the folder of runs, or of benchmarks`);
    if (!statSync(found).isDirectory()) throw new UserError(`invalid ${name}: expected a folder, got a file`);
    return realpathSync(resolve(found));
  });
}

/**
 * Runs and benchmarks below folders, by path. Symbolic links are not followed, so that nothing lies outside; what
 * cannot be read is passed over.
 */
export function findFolders(roots: readonly string[]): FoundFolder[] {
  const found = new Map<string, FoundFolder>();
  let left = MOST_FOLDERS;
  const look = (path: string, root: string, depth: number): void => {
    if (left-- <= 0) return;
    const entries = entriesOf(path);
    const kind = kindOf(new Set(entries.map(({ name }) => name)));
    if (kind) found.set(path, { id: sha256([Buffer.from(path)]).slice(0, 16), kind, path, name: nameOf(path, root) });
    if (depth === DEEPEST) return;
    for (const entry of entries)
      if (entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name))
        look(join(path, entry.name), root, depth + 1);
  };
  for (const root of roots) look(root, root, 0);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function kindOf(names: ReadonlySet<string>): FoundFolder['kind'] | undefined {
  if (names.has('benchmark.yaml')) return 'benchmark';
  const isRun = ['run.json', 'scaling.json', 'checkpoints', 'metrics.jsonl'].some((name) => names.has(name));
  return names.has('run.json') || (names.has('config.yaml') && isRun) ? 'run' : undefined;
}

function nameOf(path: string, root: string): string {
  return path === root ? basename(path) : relative(root, path).replaceAll(sep, '/');
}
