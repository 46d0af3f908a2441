import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Assignment, EventSource, isUserError } from '@unfold-zoo/core';
import type { Choice, Config } from '@unfold-zoo/core/config';
import { loadTopology, type Topology, topologyOf } from '@unfold-zoo/data';
import type { Log } from './log.js';
import { isSetBeside } from './resuming.js';
import type { RunDirectory } from './run-directory.js';
import { assembleSource, chosenRepresentation } from './session.js';

/** Options of `data` that say which topology it has. */
const CHOOSING = ['topology', 'topologyFile'] as const;

/**
 * The data of a run that is there, not open yet, with the topology that the run was trained with, whatever has become
 * of the file or plugin that it came from. A run of an older version has no copy of it, and `--set` may choose another.
 */
export function sourceOfRun(directory: RunDirectory, config: Config, log: Pick<Log, 'warn'>): EventSource {
  const data = config.choices[EventSource.key] as Choice;
  const isChosen = CHOOSING.some((key) => isSetBeside(config.provenance(`${EventSource.key}.${key}`)));
  const canChoose = CHOOSING.some((key) => key in data);
  if (!existsSync(directory.topology) || !canChoose || isChosen) return assembleSource(config);
  const copy = directory.topology;
  warnOfChange(config, copy, log);
  const choices = { ...config.choices, [EventSource.key]: { ...data, topologyFile: copy } };
  return assembleSource({ ...config, choices });
}

function warnOfChange(config: Config, copy: string, log: Pick<Log, 'warn'>): void {
  const now = currentTopology(config);
  const compared = (topology: Topology): Topology => whatIsLookedAt(topology, config);
  if (!now || isDeepStrictEqual(compared(now), compared(loadTopology(copy)))) return;
  log.warn(
    `changed topology "${now.name}": it is not the one any more that the run was trained with; the run goes by its ` +
      `own copy, ${copy}`,
  );
}

/**
 * Nothing but a representation looks at decays, none in the laboratory's frame at what measures a particle, and nothing
 * but an assignment at the objects of which one is a particle.
 */
function whatIsLookedAt(topology: Topology, config: Config): Topology {
  const representation = chosenRepresentation(config);
  const isAssigned = config.choices[Assignment.key] !== undefined;
  const particles = topology.particles.map(({ measuredBy, measuredByOneOf, decaysTo, ...particle }) => ({
    ...particle,
    ...(representation && decaysTo && { decaysTo }),
    ...(representation && representation['frame'] !== 'laboratory' && measuredBy && { measuredBy }),
    ...(isAssigned && measuredByOneOf && { measuredByOneOf }),
  }));
  return { ...topology, particles };
}

/** Undefined if its file or plugin is gone. */
function currentTopology(config: Config): Topology | undefined {
  try {
    return topologyOf(assembleSource(config));
  } catch (error) {
    if (isUserError(error)) return undefined;
    throw error;
  }
}
