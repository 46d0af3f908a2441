import { resolve } from 'node:path';
import { unlikeSimulation } from '@unfold-zoo/data';
import {
  assembleResult,
  binObservables,
  checkSimulation,
  type ErrorOptions,
  type MeasurementInput,
  type MethodResult,
  type MethodTest,
  type StartedUnfolding,
  startUnfolding,
  testMethods,
  trueSums,
  unfoldingsOf,
  unfoldingsOfToys,
} from '@unfold-zoo/measurement';
import type { ConfigInput, ConfigOptions } from '../configs/run-config.js';
import type { OnProgress } from '../progress/progress.js';
import { useEngine } from '../run/engine.js';
import type { Log } from '../run/log.js';
import { inputFiles } from '../writing/input-files.js';
import type { Measurement } from './measurement.js';
import { fileOf, type MeasurementPlan, readMeasurement } from './measurement-plan.js';
import { PartFolder } from './part-folder.js';
import { partOrigin } from './part-origin.js';
import { readPredictions } from './predictions.js';
import { type ReadSamples, readSamples } from './read-samples.js';
import { closeSamples, openSamples } from './samples.js';
import { UnfoldingProgress } from './unfolding-progress.js';

/** How a measurement is done. */
export interface MeasureOptions extends ConfigOptions {
  /** Aborted to stop; `measure` then throws its reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /**
   * Folder of finished parts. Those that are in it are not computed again, new ones are written as they end, and in the
   * end those of other measurements are removed. Default: nothing is kept.
   */
  readonly parts?: string | undefined;
  /** Told before long work begins what it is and how long it may take. Default: nobody. */
  readonly log?: Log;
}

/**
 * Unfolds data: reads simulation, data and backgrounds, computes the observables of every event, and unfolds them by
 * every method, with errors. The config is a measurement file, or an object that says what a file would.
 * @throws UserError that lists every mistake of the config with its place, and for events that cannot be used; the
 * reason of a signal that is aborted.
 * @example
 * const measurement = await measure('top-pt.yaml');
 * writeMeasurement('top-pt', measurement);
 */
export async function measure(config: ConfigInput, options: MeasureOptions = {}): Promise<Measurement> {
  const plan = await readMeasurement(config, options);
  const samples = await openSamples(plan);
  try {
    for (const warning of await unlikeSimulation(samples.simulation, samples.data)) options.log?.warn(warning);
    const read = await readSamples(plan, samples, options);
    const own = typeof config === 'string' ? [resolve(fileOf(config))] : [];
    const named = inputFiles({ choices: plan.keys as never, pluginFiles: plan.pluginFiles });
    const found = await unfoldSamples(plan, read, options);
    return { ...found, inputs: [...own, ...named], selection: plan.keys.selection.truth };
  } finally {
    await closeSamples(samples.all);
  }
}

async function unfoldSamples(
  plan: MeasurementPlan,
  read: ReadSamples,
  options: MeasureOptions,
): Promise<Pick<Measurement, 'result' | 'observables' | 'events' | 'eventFormat'>> {
  const { keys, name, unfolders, rng } = plan;
  const { simulation, data, truth, observeTruth, variations, expected } = read;
  const observables = binObservables(read.observables, simulation);
  const notes = checkSimulation(observables, simulation);
  const { luminosity } = keys;
  const predictions = await readPredictions(keys.predictions, observables, luminosity);
  const pseudoData = expected && { expected, truth: trueSums(truth!, observables) };
  const input: MeasurementInput = { observables, simulation, data, observeTruth, variations, pseudoData };
  const parts = options.parts === undefined ? undefined : new PartFolder(options.parts, partOrigin(plan));
  const progress = new UnfoldingProgress(workOf(plan, input), options.onProgress);
  warnOfTrainings(plan, input, options.log);
  options.signal?.throwIfAborted();
  const how = (method: string, stream: string): ErrorOptions => ({
    ...keys.errors,
    eventReplicas: keys.unfoldedEvents.replicas,
    parts,
    rng: rng.fork(stream),
    signal: options.signal,
    startEngine: async () => void (await useEngine({ ...plan, seed: keys.seed })),
    onDrawn: drawingProgress(options.onProgress),
    onTrained: (done, total) => options.onProgress?.({ stage: 'training', done, total, unit: 'steps' }),
    onUnfolded: (unfoldings) => progress.add(method, unfoldings),
  });
  const started: StartedUnfolding[] = [];
  for (const method of unfolders) {
    // Every method has the same replicas.
    started.push(await startUnfolding(input, method, how(method.label, 'replicas')));
    progress.setPace(method.label, started.at(-1)!.secondsPerUnfolding);
  }
  if (progress.secondsLeft > SHORT) options.log?.info(progress.estimate);
  const methods: MethodResult[] = [];
  for (const each of started) methods.push(await each.finish());
  const tests: MethodTest[] = [];
  for (const [i, method] of unfolders.entries()) {
    const testing = { ...how(method.label, 'tests'), eventReplicas: 0, ...keys.testing, tests: keys.tests };
    tests.push(...(await testMethods(input, [method], [methods[i]!], testing)));
  }
  parts?.removeUnused();
  const truths = { simulation: simulation.truth, truth };
  return {
    result: assembleResult({ name, luminosity, observables, ...truths, methods, predictions, tests, notes }),
    observables,
    events: methods.flatMap(({ label, events, replicaWeights }) =>
      events ? [{ method: label, events, replicaWeights }] : [],
    ),
    eventFormat: keys.unfoldedEvents.format,
  };
}

/** Tells of drawing, with the time left at the pace since its first portion. */
function drawingProgress(onProgress: OnProgress | undefined): NonNullable<ErrorOptions['onDrawn']> {
  let first: { readonly done: number; readonly time: number } | undefined;
  return (done, total) => {
    const now = performance.now() / 1000;
    first = first === undefined || done <= first.done ? { done, time: now } : first;
    const secondsLeft = ((now - first.time) / (done - first.done)) * (total - done);
    onProgress?.({ stage: 'drawing', done, total, unit: 'events', secondsLeft });
  };
}

/** Work of fewer seconds is not announced. */
const SHORT = 20;

/** How many unfoldings each method makes, with those of the tests closure, as another measurement, and coverage. */
function workOf({ keys, unfolders }: MeasurementPlan, input: MeasurementInput) {
  const { tests, errors, testing, unfoldedEvents } = keys;
  const total = unfoldingsOf(input, errors) + (tests.includes('closure') ? unfoldingsOf({}, errors) : 0);
  const hasToys = tests.includes('coverage') && input.pseudoData;
  return unfolders.map((method) => ({
    label: method.label,
    total:
      total +
      (method.unfolder.input === 'events' ? unfoldedEvents.replicas : 0) +
      (hasToys ? unfoldingsOfToys(method, testing.toys, errors.replicas) : 0),
  }));
}

/** Networks are trained anew in every unfolding: that is much work, of which one should know before it begins. */
function warnOfTrainings(plan: MeasurementPlan, input: MeasurementInput, log: Log | undefined): void {
  for (const { label, total } of workOf(plan, input)) {
    const { unfolder } = plan.unfolders.find((each) => each.label === label)!;
    const each = unfolder.input === 'events' ? (unfolder.trainings ?? 0) : 0;
    if (each === 0) continue;
    log?.warn(
      `${label} trains up to ${total * each} networks, ${each} in each of ${total} unfoldings: of the data, of ` +
        'replicas, and of systematic variations and tests, if any; fewer replicas (errors.replicas, ' +
        'errors.simulationReplicas) or classifier: { kind: polynomial } take less time',
    );
  }
}
