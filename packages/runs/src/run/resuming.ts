import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Representation, UserError } from '@unfold-zoo/core';
import type { Choice, Config } from '@unfold-zoo/core/config';
import { loadTopology, type Topology } from '@unfold-zoo/data';
import { leavesOf, originsOf } from '../configs/config-values.js';
import type { RunDirectory } from './run-directory.js';
import { chosenRepresentation } from './session.js';

/** Roles that decide nothing about what a training goes on to. */
const FREE_ROLES: readonly string[] = [
  'engine',
  'evaluators',
  'learningRate',
  'metrics',
  'parallel',
  'reporters',
  'sampler',
];
/** Keys of `training` that the moments and averages of a checkpoint belong to. All others may change. */
const FIXED_TRAINING = ['adam', 'ema'] as const;
/** Options of `data` that say nothing about the events that are trained on. */
const FREE_DATA: readonly string[] = ['test', 'maxTestEvents', 'topologyFile'];

/** Options of a representation that act on draws alone. */
const FREE_REPRESENTATION: readonly string[] = ['massShell'];

/**
 * The settings of a run that cannot change once it is trained: the weights, their moments and the order of the events
 * follow from them. Files may be somewhere else later, so their paths are not among them.
 */
export function fixedSettings({
  choices,
  training,
  scaling,
  seed,
  ensemble,
  startFrom,
}: Config): Record<string, unknown> {
  const roles = Object.entries(choices).filter(
    ([role]) => !FREE_ROLES.includes(role) && role !== 'data' && role !== Representation.key,
  );
  const chosen = choices[Representation.key] as Choice | undefined;
  const trained = chosen && (without(chosen, FREE_REPRESENTATION) as unknown as Choice);
  const representation = chosenRepresentation({ choices: { [Representation.key]: trained } });
  const data = without(choices['data'] ?? {}, FREE_DATA);
  return {
    ...Object.fromEntries(roles),
    ...(representation && { representation }),
    data: Object.fromEntries(Object.entries(data).filter(([, value]) => !isPath(value))),
    training: Object.fromEntries(FIXED_TRAINING.map((key) => [key, training[key]])),
    scaling,
    seed,
    ...(startFrom !== undefined && { startFrom }),
    ...(ensemble && { ensemble: { seeds: ensemble.seeds } }),
  };
}

/**
 * Refuses to go on with a run if settings have changed since it was trained, by `--set` or in its config, that cannot.
 * @throws UserError that lists them.
 */
export function checkResumable(directory: RunDirectory, config: Config, topology: Topology | undefined): void {
  if (!directory.hasCheckpoint) return;
  if (directory.marker?.packed) {
    throw new UserError(
      `invalid run ${directory.path}: it was packed, and has no state of its training to go on with; start another ` +
        `from its weights with unfold train <config> --from ${directory.path}`,
    );
  }
  const before = directory.marker?.trained;
  const changes = before ? differences(before, fixedSettings(config)) : [];
  const copied = existsSync(directory.topology) ? loadTopology(directory.topology) : undefined;
  if (copied && topology && !isDeepStrictEqual(copied, topology)) changes.push('data.topology is another');
  if (changes.length === 0) return;
  throw new UserError(
    `invalid change of ${directory.path}: ${changes.join('; ')}; this cannot change once a run is trained: set it ` +
      'back, or train a new run',
  );
}

function without(choice: object, options: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(choice).filter(([option]) => !options.includes(option)));
}

function isPath(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isPath);
  return typeof value === 'string' && isAbsolute(value);
}

/** `training.steps was 800, is 1200`, for every value that differs. */
export function differences(before: unknown, now: unknown): string[] {
  const [old, current] = [before, now].map((each) => new Map(leavesOf(each)));
  const paths = new Set([...old!.keys(), ...current!.keys()]);
  return [...paths].flatMap((path) => {
    const [was, is] = [old, current].map((each) => each!.get(path) ?? 'unset');
    return was === is ? [] : [`${path} was ${was}, is ${is}`];
  });
}

/** Whether `--set`, or `set` of a program, has changed something of a config. */
export function isOverridden(config: Config): boolean {
  return originsOf(config).some(isSetBeside);
}

/** Whether a value comes from `--set`, or from `set` of a program, and from no file. */
export function isSetBeside(origin: string | undefined): boolean {
  return /^(--)?set /.test(origin ?? '');
}
