import { basename, dirname, join } from 'node:path';
import { type EventSpec, type GenerativeModel, UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import type { EventScaling } from '@unfold-zoo/core/events';
import { firstFew } from '@unfold-zoo/core/printable';
import { adoptWeights } from '@unfold-zoo/core/training';
import type { Log } from '../run/log.js';
import { RunDirectory } from '../run/run-directory.js';
import { assembleRepresentation } from '../run/session.js';

/** The scaling that weights to start from were trained with; undefined for a training that starts from random ones. */
export function startingScaling(config: Config, spec: EventSpec): EventScaling | undefined {
  return startingRun(config)?.run.scaling(spec, assembleRepresentation(config, spec));
}

/**
 * Gives a new model the weights of the run that its config starts from, if it does, by their names and shapes, and says
 * which it has no values for.
 * @throws UserError for a run that is not trained, and one none of whose weights fits.
 */
export function takeStartingWeights(model: GenerativeModel, config: Config, log: Log): void {
  const start = startingRun(config);
  if (!start) return;
  const { content, path } = start.run.samplingWeights(start.checkpoint, log);
  // What a stage copies from others when it begins has no values of its own to take.
  const copied = new Set(model.stages.flatMap(({ copies = [] }) => copies.map(({ to }) => to)));
  const own = [...model.namedParameters()].filter(([, parameter]) => !copied.has(parameter));
  const missing = new Set(adoptWeights(model, content));
  const others = own.map(([name]) => name).filter((name) => missing.has(name));
  const all = own.length;
  if (others.length === all) throw new UserError(`invalid startFrom: no weight of ${path} fits the model`);
  log.info(`start: weights of ${path}, ${all - others.length} of ${all}`);
  if (others.length === 0) return;
  log.warn(`${others.length} weights have no values there and start at random: ${firstFew(others)}`);
}

/** A checkpoint of a run by its path, as `startFrom` may name one: `latest`, `best` or `step-N`. */
export function checkpointPath(run: string, checkpoint: string): string {
  return join(run, CHECKPOINTS, checkpoint);
}

const CHECKPOINTS = 'checkpoints';

function startingRun({ startFrom }: Config): { readonly run: RunDirectory; readonly checkpoint: string } | undefined {
  if (startFrom === undefined) return undefined;
  const isCheckpoint = basename(dirname(startFrom)) === CHECKPOINTS;
  const run = new RunDirectory(isCheckpoint ? dirname(dirname(startFrom)) : startFrom);
  if (!run.hasCheckpoint)
    throw new UserError(
      `invalid startFrom: ${startFrom} is no trained run; expected the folder of one, or ${CHECKPOINTS}/best in it`,
    );
  return { run, checkpoint: isCheckpoint ? basename(startFrom) : 'latest' };
}
