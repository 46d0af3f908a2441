import { EventSource, isUserError, Rng, UserError } from '@unfold-zoo/core';
import { checkBatchSize } from '@unfold-zoo/core/events';
import type { BenchmarkRun } from '../config/benchmark-config.js';

/** Opens the data of a benchmark and refuses what would stop a model only once it is its turn. */
export async function openData(runs: readonly BenchmarkRun[]): Promise<EventSource> {
  const { catalogue, choices } = runs[0]!.config;
  // A seed of its own, so that another list of seeds changes no event.
  const source = catalogue.assemble(EventSource, choices, new Rng(0));
  await source.open();
  try {
    checkTestEvents(source);
    for (const run of runs) checkBatch(run, source);
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

function checkTestEvents(source: EventSource): void {
  if (source.count('test') === 0) {
    throw new UserError('empty test split: there are no events to sample; name a file in data.test');
  }
  if (!source.hasTruth('test')) throw new UserError('missing truth: the test events have none to compare with');
}

function checkBatch({ label, config }: BenchmarkRun, source: EventSource): void {
  try {
    checkBatchSize(config.training.batchSize, source.count('train'), 1);
  } catch (error) {
    throw isUserError(error) ? new UserError(`${label}: ${error.message}`, { cause: error }) : error;
  }
}
