import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { runPlace } from '../packing/pretrained.js';

/** How far below a benchmark's folder its runs may lie. */
const DEEPEST = 3;

/**
 * The trained runs that folders name: the folder itself, or, where it is a benchmark's, those below it in the order of
 * their names.
 * @throws UserError for a folder without any.
 * @example
 * findRuns(['benchmarks/quick']); // ['benchmarks/quick/runs/CINN', 'benchmarks/quick/runs/VLD', ...]
 */
export function findRuns(folders: readonly string[]): string[] {
  const found = folders.flatMap((folder) => {
    const runs = runsIn(runPlace(folder).folder, DEEPEST);
    if (runs.length > 0) return runs;
    throw new UserError(
      `missing run ${folder}: there is no trained run in it; expected the folder of a run, or of a benchmark, with ` +
        'checkpoints',
    );
  });
  return [...new Set(found.map((path) => resolve(path)))];
}

function runsIn(folder: string, depth: number): string[] {
  if (existsSync(join(folder, 'config.yaml')) && existsSync(join(folder, 'checkpoints'))) return [folder];
  if (depth === 0 || !existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => runsIn(join(folder, name), depth - 1));
}
