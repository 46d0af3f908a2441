import { UserError } from '@unfold-zoo/core';
import { type Located, type LocatedMap, mergeAt, plainValue } from '@unfold-zoo/core/config';

/** Most models that one entry of a benchmark may stand for: each is trained. */
const MOST_VARIANTS = 100;

/** A setting of a model with the values that it takes in turn. */
interface Setting {
  /** E.g. `denoiser.layers`. */
  readonly path: string;
  readonly values: readonly Located[];
}

/**
 * The models that an entry of a benchmark stands for: one for each combination of the values of `vary`, the last
 * setting changing first, each with a name that says which; without `vary`, the entry itself.
 * @param own what is different from the preset.
 * @param name what the model is called otherwise.
 * @throws UserError for settings without values, and for more combinations than `MOST_VARIANTS`.
 */
export function variantsOf(own: LocatedMap, name: string): LocatedMap[] {
  const entry = own.entries.get('vary');
  if (!entry) return [own];
  const settings = settingsOf(entry.value);
  const plain = { ...own, entries: new Map([...own.entries].filter(([key]) => key !== 'vary')) };
  const count = settings.reduce((product, { values }) => product * values.length, 1);
  if (count > MOST_VARIANTS)
    throw new UserError(`${entry.key.place} invalid vary: ${count} combinations; at most ${MOST_VARIANTS} are trained`);
  return combinations(settings).map((values) => {
    const changed = settings.reduce<LocatedMap>((map, { path }, i) => mergeAt(map, path.split('.'), values[i]!), plain);
    const label = settings.map(({ path }, i) => `${shortName(path, settings)} ${text(values[i]!)}`).join(', ');
    const named: Located = { type: 'scalar', origin: entry.key, value: `${name} ${label}` };
    return { ...changed, entries: new Map([...changed.entries, ['name', { key: entry.key, value: named }]]) };
  });
}

/** Keys of a model that are no options of it. */
const NOT_VARIED: readonly string[] = ['extends', 'name', 'data', 'seed', 'seeds', 'plugins'];

/** A key whose value is left out passes the schema as absent, and is refused here. */
function settingsOf(vary: Located): Setting[] {
  if (vary.type !== 'map' || vary.entries.size === 0) throw invalid(vary.origin.place, 'vary', vary);
  return [...vary.entries].map(([path, { key, value }]) => {
    if (value.type !== 'list' || value.items.length === 0) throw invalid(key.place, `vary.${path}`, value);
    const keys = path.split('.');
    if (keys.includes('') || NOT_VARIED.includes(keys[0]!))
      throw new UserError(`${key.place} invalid vary.${path}: expected an option of the model, e.g. training.steps`);
    return { path, values: value.items };
  });
}

function invalid(place: string, what: string, value: Located): UserError {
  const expected = what === 'vary' ? 'options with a list of values each' : 'a list of values';
  const example = 'e.g. { denoiser.layers: [2, 3] }';
  return new UserError(`${place} invalid ${what}: expected ${expected}, ${example}, got ${text(value) || 'nothing'}`);
}

function combinations(settings: readonly Setting[]): Located[][] {
  return settings.reduce<Located[][]>(
    (found, { values }) => found.flatMap((before) => values.map((value) => [...before, value])),
    [[]],
  );
}

/** The last key of a path, or all of it where another setting ends alike. */
function shortName(path: string, settings: readonly Setting[]): string {
  const last = path.split('.').at(-1)!;
  return settings.some((other) => other.path !== path && other.path.endsWith(`.${last}`)) ? path : last;
}

function text(value: Located): string {
  const plain = plainValue(value);
  if (plain === null || plain === undefined) return 'none';
  if (typeof plain !== 'object') return String(plain);
  const kind = (plain as { kind?: unknown }).kind;
  return Object.keys(plain).length === 1 && typeof kind === 'string' ? kind : JSON.stringify(plain);
}
