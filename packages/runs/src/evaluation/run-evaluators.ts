import {
  type DrawnMembers,
  type EvaluatedDraws,
  Evaluator,
  type EventSource,
  EventSpec,
  Rng,
  UserError,
} from '@unfold-zoo/core';
import { type Config, service } from '@unfold-zoo/core/config';
import { membersOfEvents } from '@unfold-zoo/core/ensemble';
import { type Findings, joinFindings } from '@unfold-zoo/core/findings';
import { partonsOfMomenta } from '@unfold-zoo/data';
import { streamOfDraws } from '../draws/draw-momenta.js';
import type { DrawsOfFile } from '../draws/stored-draws.js';
import { useEngine } from '../run/engine.js';

/**
 * What a config's evaluators find in draws of its events, all together; nothing without evaluators. They read the draws
 * block by block if they can.
 * @param logDensity the model's own density; see `EvaluatedDraws`.
 * @throws UserError for draws that do not say which split their events are from.
 */
export async function runEvaluators(
  config: Config,
  source: EventSource,
  stored: DrawsOfFile,
  logDensity?: EvaluatedDraws['logDensity'],
): Promise<Required<Findings>> {
  const { catalogue, choices, seed, name = 'model' } = config;
  if (!choices[Evaluator.key]) return joinFindings([]);
  const { path, split, start, events, draws, weights } = stored;
  if (!split) throw new UserError(`invalid ${path}: it does not say which split its events are from`);
  const services = [service(EventSpec, source.spec)];
  const evaluators = catalogue.assembleAll(Evaluator, choices, new Rng(seed).fork('evaluation'), services);
  const startEngine = async (): Promise<void> => void (await useEngine(config));
  const read = (first: number, count: number): Float32Array => partonsOfMomenta(stored.readMomenta(first, count));
  const drawn: EvaluatedDraws = {
    label: name,
    source,
    split,
    start,
    events,
    draws,
    get partons() {
      return read(0, events);
    },
    readPartons: async (first, count) => read(first, count),
    startEngine,
    ...(logDensity && { logDensity }),
    ...(weights && { weights }),
    ...(stored.ensemble && { members: membersOf(config, stored, stored.ensemble) }),
  };
  const found: Findings[] = [];
  for (const evaluator of evaluators) found.push(await evaluator.evaluate(drawn));
  return joinFindings(found);
}

function membersOf(
  { seed: ofRun }: Pick<Config, 'seed'>,
  { start, draws }: DrawsOfFile,
  { members, seed }: NonNullable<DrawsOfFile['ensemble']>,
): DrawnMembers {
  const stream = streamOfDraws(new Rng(ofRun), seed);
  return {
    names: members.map((each) => `seed ${each}`),
    of: (first, events) => membersOfEvents(stream, { first: start + first, events, draws }, members.length),
  };
}
