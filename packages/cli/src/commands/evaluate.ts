import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Config, EventSource, Metric, Rng, readLog, UserError } from '@unfold-zoo/core';
import { openDraws } from '@unfold-zoo/data';
import { type DistanceReport, evaluateDistances, paperTables, terminalTable, totalsTable } from '@unfold-zoo/metrics';
import { writeReport } from '@unfold-zoo/report';
import { type DrawColumns, readDrawColumns, readIndependentTruth } from '../draw-columns.js';
import { createLog, type Log } from '../log.js';
import { progressBar } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { readRunConfig } from '../session.js';

/** Options of `unfold evaluate`. */
export interface EvaluateOptions {
  readonly draws?: string;
  readonly out?: string;
  readonly set: readonly string[];
  readonly bootstrap: number;
  readonly figures: string;
  readonly floor: boolean;
  readonly json?: boolean;
}

/** `unfold evaluate <run>`. */
export async function evaluateCommand(run: string, options: EvaluateOptions): Promise<void> {
  const log = createLog();
  await evaluate(new RunDirectory(run), options, log);
  await log.close();
}

/** Compares a run's draws with the truth, prints the tables and writes the report. */
export async function evaluate(directory: RunDirectory, options: EvaluateOptions, log: Log): Promise<void> {
  directory.checkExists();
  if (!['main', 'all'].includes(options.figures)) {
    throw new UserError(`unknown --figures ${options.figures}: expected main or all`);
  }
  const drawsPath = options.draws === undefined ? directory.draws : resolve(options.draws);
  if (!existsSync(drawsPath)) throw new UserError(`missing ${drawsPath}: make it with unfold sample ${directory.path}`);
  const config = await readRunConfig(directory.config, options.set);
  const { catalogue, choices, seed } = config;
  const rng = new Rng(seed).fork('evaluation');
  const source = catalogue.assemble(EventSource, choices, new Rng(seed).fork('init'));
  await source.open();
  const file = await openDraws(drawsPath);
  try {
    const columns = readDrawColumns(file, source.spec);
    const floor = options.floor ? await readIndependentTruth(source, columns.predicted.count) : undefined;
    if (options.floor && !floor) log.warn('no floor: the training split has fewer events than there are draws');
    const bar = progressBar('evaluating {bar} {value}/{total} distributions');
    bar.start(1, 0);
    const distances = evaluateDistances({
      spec: source.spec,
      ...columns,
      metrics: catalogue.assembleAll(Metric, choices, rng),
      bootstrap: { replicas: options.bootstrap, pairing: file.draws === 1 ? 'paired' : 'independent' },
      rng,
      ...(floor ? { floor } : {}),
      onProgress: (done, total) => {
        bar.setTotal(total);
        bar.update(done);
      },
    });
    bar.stop();
    await show({ directory, options, config, distances, columns, log });
  } finally {
    file.close();
    await source.close();
  }
}

interface Showing {
  readonly directory: RunDirectory;
  readonly options: EvaluateOptions;
  readonly config: Config;
  readonly distances: DistanceReport;
  readonly columns: DrawColumns;
  readonly log: Log;
}
