import { Evaluator, type EventSource, EventSpec, Rng, type Table, UserError } from '@unfold-zoo/core';
import { type Config, service } from '@unfold-zoo/core/config';
import { partonsOfMomenta, type StoredDraws } from '../draws/stored-draws.js';

/**
 * The tables of a config's evaluators for draws of its events; none without evaluators.
 * @throws UserError for draws that do not say which split their events are from.
 */
export async function runEvaluators(config: Config, source: EventSource, stored: StoredDraws): Promise<Table[]> {
  const { catalogue, choices, seed, name = 'model' } = config;
  if (!choices[Evaluator.key]) return [];
  const { path, split, start, events, draws } = stored;
  if (!split) throw new UserError(`invalid ${path}: it does not say which split its events are from`);
  const services = [service(EventSpec, source.spec)];
  const evaluators = catalogue.assembleAll(Evaluator, choices, new Rng(seed).fork('evaluation'), services);
  const drawn = { label: name, source, split, start, events, draws, partons: partonsOfMomenta(stored.momenta) };
  const tables: Table[] = [];
  for (const evaluator of evaluators) tables.push(...(await evaluator.evaluate(drawn)));
  return tables;
}
