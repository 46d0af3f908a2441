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
  return startingRun(config)?.scaling(spec, assembleRepresentation(config, spec));
}

/**
 * Gives a new model the weights of the run that its config starts from, if it does, by their names and shapes, and says
 * which it has no values for.
 * @throws UserError for a run that is not trained, and one none of whose weights fits.
 */
export function takeStartingWeights(model: GenerativeModel, config: Config, log: Log): void {
  const run = startingRun(config);
  if (!run) return;
  const { content, path } = run.samplingWeights('latest', log);
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

function startingRun({ startFrom }: Config): RunDirectory | undefined {
  if (startFrom === undefined) return undefined;
  const run = new RunDirectory(startFrom);
  if (!run.hasCheckpoint)
    throw new UserError(`invalid startFrom: ${startFrom} is no trained run; expected the folder of one`);
  return run;
}
