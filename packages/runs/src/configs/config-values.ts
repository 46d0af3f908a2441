import type { Config } from '@unfold-zoo/core/config';

/** The single values in a value, by their paths, as JSON: `training.steps`, `800`. */
export function leavesOf(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, below]) => leavesOf(below, path === '' ? key : `${path}.${key}`));
}

/** Who wrote the values of a config, one for each: `run.yaml:3:5`, `--set training.steps`, `default`. */
export function originsOf({ choices, provenance, ...own }: Config): string[] {
  const { training, scaling, seed, name, startFrom, ensemble } = own;
  return leavesOf({ ...choices, training, scaling, seed, name, startFrom, ensemble }).flatMap(
    ([path]) => provenance(path) ?? [],
  );
}
