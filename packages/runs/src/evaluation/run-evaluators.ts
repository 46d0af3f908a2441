import { Evaluator, type EventSource, EventSpec, type Findings, joinFindings, Rng, UserError } from '@unfold-zoo/core';
import { type Config, service } from '@unfold-zoo/core/config';
import { partonsOfMomenta, type StoredDraws } from '../draws/stored-draws.js';
import { useEngine } from '../run/engine.js';

/**
 * What a config's evaluators find in draws of its events, all together; nothing without evaluators.
 * @throws UserError for draws that do not say which split their events are from.
 */
export async function runEvaluators(
  config: Config,
  source: EventSource,
  stored: StoredDraws,
): Promise<Required<Findings>> {
  const { catalogue, choices, seed, name = 'model' } = config;
  if (!choices[Evaluator.key]) return joinFindings([]);
  const { path, split, start, events, draws, weights } = stored;
  if (!split) throw new UserError(`invalid ${path}: it does not say which split its events are from`);
  const services = [service(EventSpec, source.spec)];
  const evaluators = catalogue.assembleAll(Evaluator, choices, new Rng(seed).fork('evaluation'), services);
  const partons = partonsOfMomenta(stored.momenta);
  const startEngine = async (): Promise<void> => void (await useEngine(config));
  const drawn = { label: name, source, split, start, events, draws, partons, startEngine, ...(weights && { weights }) };
  const found: Findings[] = [];
  for (const evaluator of evaluators) found.push(await evaluator.evaluate(drawn));
  return joinFindings(found);
}
