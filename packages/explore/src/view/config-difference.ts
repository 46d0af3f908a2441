/** One value of a config: its path, `training.steps`, and the value as text. */
export type ConfigEntry = readonly [path: string, value: string];

/** A path with its value in each of two configs; undefined where one has none. */
export interface ComparedEntry {
  readonly path: string;
  readonly values: readonly [string | undefined, string | undefined];
  readonly differs: boolean;
}

/**
 * Every value of a config by its path, in the order of the config.
 * @example
 * flatConfig({ training: { steps: 5 }, metrics: [{ kind: 'ks' }] });
 * // [['training.steps', '5'], ['metrics[0].kind', 'ks']]
 */
export function flatConfig(value: unknown, path = ''): ConfigEntry[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((each, i) => flatConfig(each, `${path}[${i}]`));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0)
      return entries.flatMap(([key, each]) => flatConfig(each, path === '' ? key : `${path}.${key}`));
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value ?? null)]];
}

/** Two configs side by side: paths of the first in its order, then those that the second alone has. */
export function compareConfigs(a: readonly ConfigEntry[], b: readonly ConfigEntry[]): ComparedEntry[] {
  const [first, second] = [new Map(a), new Map(b)];
  const paths = [...new Set([...first.keys(), ...second.keys()])];
  return paths.map((path) => {
    const values = [first.get(path), second.get(path)] as const;
    return { path, values, differs: values[0] !== values[1] };
  });
}
