import { UserError } from '../../errors.js';
import { findAt, type Located, type LocatedMap, plainValue } from '../located.js';

/** Roles that may be left to keys of `training`, which say for short what most configs want. */
const SHORT_SPELLING: Readonly<Record<string, readonly string[]>> = {
  optimiser: ['adam'],
  learningRate: ['learningRate', 'warmupSteps', 'decay', 'fineTune'],
};

/**
 * What a config leaves for one that chooses these roles and is put on top of it: without the keys of `training` that
 * the roles take the place of.
 */
export function withoutShortSpelling(config: LocatedMap, roles: Iterable<string>): LocatedMap {
  const replaced = replacedKeys(roles);
  const training = config.entries.get('training');
  if (training?.value.type !== 'map' || replaced.length === 0) return config;
  const left = new Map([...training.value.entries].filter(([key]) => !replaced.includes(key)));
  const value: Located = { ...training.value, entries: left };
  return { ...config, entries: new Map([...config.entries, ['training', { ...training, value }]]) };
}

/** The keys that a config sets to something other than null. */
export function keysSet({ entries }: LocatedMap): string[] {
  return [...entries].filter(([, { value }]) => plainValue(value) !== null).map(([key]) => key);
}

/** The keys of `training` that mean nothing beside the roles that are chosen. */
export function replacedKeys(roles: Iterable<string>): readonly string[] {
  return [...roles].flatMap((role) => SHORT_SPELLING[role] ?? []);
}

/** Refuses keys of `training` beside the role that takes their place, where the same config or one on top sets them. */
export function checkSpelledOnce(config: LocatedMap): void {
  const problems = keysSet(config).flatMap((role) =>
    shortPaths(config, role).flatMap((path) => spelledTwice(config, role, path)),
  );
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** Below `training`: what a role takes the place of, learning rates of single stages too. */
function shortPaths(config: LocatedMap, role: string): readonly (readonly string[])[] {
  const keys = SHORT_SPELLING[role] ?? [];
  const stages = findAt(config, ['training', 'stages'])?.value;
  const names = stages?.type === 'map' && keys.includes('learningRate') ? [...stages.entries.keys()] : [];
  return [...keys.map((key) => [key]), ...names.map((name) => ['stages', name, 'learningRate'])];
}

function spelledTwice(config: LocatedMap, role: string, keys: readonly string[]): string[] {
  const short = findAt(config, ['training', ...keys]);
  if (!short || plainValue(short.value) === null) return [];
  const path = `training.${keys.join('.')}`;
  const { place, key: overridden } = short.key;
  const where = overridden === path ? place : `${place} ${path}`;
  const ofRole = findAt(config, [role])!.value.origin.place;
  return [
    `${where}: set beside ${role} (${ofRole}), which takes its place; ` +
      `remove one of them, or set ${role} to null to undo a preset's`,
  ];
}
