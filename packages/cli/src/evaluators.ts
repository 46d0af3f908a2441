import {
  type EvaluatedDraws,
  Evaluator,
  EventSource,
  EventSpec,
  QUANTITIES,
  Rng,
  SPLITS,
  type Table,
  UserError,
} from '@unfold-zoo/core';
import { type Config, service } from '@unfold-zoo/core/config';
import { type DrawFile, openDraws } from '@unfold-zoo/data';

/** The tables of a config's evaluators for a file of draws; none, and nothing is read, without evaluators. */
export async function runEvaluators(config: Config, draws: string): Promise<readonly Table[]> {
  const { catalogue, choices, seed, name = 'model' } = config;
  if (!choices['evaluators']) return [];
  const source = catalogue.assemble(EventSource, choices, new Rng(seed).fork('init'));
  await source.open();
  const file = await openDraws(draws);
  try {
    const services = [service(EventSpec, source.spec)];
    const evaluators = catalogue.assembleAll(Evaluator, choices, new Rng(seed).fork('evaluation'), services);
    const drawn = { label: name, source, ...readDraws(file) };
    const tables: Table[] = [];
    for (const evaluator of evaluators) tables.push(...(await evaluator.evaluate(drawn)));
    return tables;
  } finally {
    file.close();
    await source.close();
  }
}

function readDraws(file: DrawFile): Omit<EvaluatedDraws, 'label' | 'source'> {
  const split = SPLITS.find((each) => each === file.attributes()['split']);
  if (!split) throw new UserError(`invalid ${file.path}: it does not say which split its events are from`);
  const { events, draws } = file;
  const width = file.particles.length * QUANTITIES.length;
  const partons = new Float32Array(events * draws * width);
  for (let start = 0; start < events; start += READ_BLOCK) {
    const block = file.read(start, Math.min(READ_BLOCK, events - start));
    partons.set(block.draws, start * draws * width);
  }
  // Files hold the energy, and partons its logarithm.
  for (let i = QUANTITIES.indexOf('logE'); i < partons.length; i += QUANTITIES.length)
    partons[i] = Math.log(partons[i]!);
  return { split, start: file.read(0, 1).index[0]!, events, draws, partons };
}

const READ_BLOCK = 16_384;
