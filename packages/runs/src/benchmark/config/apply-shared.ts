import { UserError } from '@unfold-zoo/core';
import { alternatives, type Catalogue, type Located, type LocatedMap, plainValue } from '@unfold-zoo/core/config';

/** Keys of a run config that every model may have. */
const COMMON_KEYS = ['training', 'scaling', 'representation', 'optimiser', 'learningRate', 'evaluators'] as const;

/**
 * For each model the part of `shared` that concerns it. A role that the model's config does not set is left out, and
 * so is an option that the kind it sets does not have (a codec's blocks mean nothing to the identity). Throws a
 * UserError that lists what concerns no model at all.
 */
export function applyShared(shared: LocatedMap, models: readonly LocatedMap[], catalogue: Catalogue): LocatedMap[] {
  const used = new Set<string>();
  const parts = models.map((model) => partFor(model, shared, { catalogue, used }));
  const problems = [...shared.entries].flatMap(
    ([
      key,
      {
        value,
        key: { place },
      },
    ]) => {
      if (!used.has(key)) {
        const known = [...new Set([...COMMON_KEYS, ...catalogue.roles])].filter((role) =>
          models.some((model) => has(model, role)),
        );
        return [`${place} shared.${key}: unknown key "${key}"${alternatives(key, 'keys of the models', known)}`];
      }
      if (value.type !== 'map') return [];
      return [...value.entries].flatMap(([option, entry]) =>
        used.has(`${key}.${option}`) ? [] : [unknownOption(key, option, entry.key.place, { models, catalogue })],
      );
    },
  );
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return parts;
}

interface Application {
  readonly catalogue: Catalogue;
  /** What concerned some model: `codec`, `codec.width`. */
  readonly used: Set<string>;
}

function partFor(model: LocatedMap, shared: LocatedMap, { catalogue, used }: Application): LocatedMap {
  const entries = [...shared.entries].flatMap(([key, entry]) => {
    if (!has(model, key)) return [];
    used.add(key);
    const { value } = entry;
    const options =
      value.type === 'map'
        ? optionsOf(catalogue, key, value.entries.get('kind')?.value ?? kindOf(model, key))
        : undefined;
    if (value.type !== 'map' || !options) {
      if (value.type === 'map') for (const option of value.entries.keys()) used.add(`${key}.${option}`);
      return [[key, entry] as const];
    }
    const kept = [...value.entries].filter(([option]) => options.includes(option));
    for (const [option] of kept) used.add(`${key}.${option}`);
    return kept.length === 0 ? [] : [[key, { ...entry, value: { ...value, entries: new Map(kept) } }] as const];
  });
  return { ...shared, entries: new Map(entries) };
}

function has(model: LocatedMap, key: string): boolean {
  if ((COMMON_KEYS as readonly string[]).includes(key)) return true;
  const value = model.entries.get(key)?.value;
  return value !== undefined && plainValue(value) !== null;
}

function kindOf(model: LocatedMap, role: string): Located | undefined {
  const value = model.entries.get(role)?.value;
  return value?.type === 'map' ? value.entries.get('kind')?.value : undefined;
}

/** What the kind of a role takes; undefined for what is no role, or of a kind that is not known before plugins load. */
function optionsOf(catalogue: Catalogue, role: string, kind: Located | undefined): readonly string[] | undefined {
  const name = kind && plainValue(kind);
  const found = catalogue.components(role).find((each) => each.kind === name);
  return found && ['kind', ...Object.keys(found.options.shape)];
}

function unknownOption(
  role: string,
  option: string,
  place: string,
  { models, catalogue }: { readonly models: readonly LocatedMap[]; readonly catalogue: Catalogue },
): string {
  const known = new Set(models.flatMap((model) => optionsOf(catalogue, role, kindOf(model, role)) ?? []));
  return `${place} shared.${role}.${option}: unknown key "${option}"${alternatives(option, 'keys', [...known])}`;
}
