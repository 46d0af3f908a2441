import { resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import {
  assembleResult,
  binObservables,
  checkSimulation,
  conditionExpression,
  type ErrorOptions,
  type EventColumns,
  joinColumns,
  type MeasurementInput,
  type MethodResult,
  type MethodTest,
  naming,
  type Observable,
  type ObservedSample,
  type ObserveTruth,
  observableOf,
  readColumns,
  type Selection,
  type SimulatedColumns,
  type StartedUnfolding,
  startUnfolding,
  testMethods,
  truthObserver,
  unfoldingsOf,
  type Variation,
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
import { closeSamples, type OpenSample, type OpenSamples, openSamples } from './samples.js';
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
    const read = await readSamples(plan, samples, options);
    const own = typeof config === 'string' ? [resolve(fileOf(config))] : [];
    const named = inputFiles({ choices: plan.keys as never, pluginFiles: plan.pluginFiles });
    const found = await unfoldSamples(plan, read, options);
    return { ...found, inputs: [...own, ...named], selection: plan.keys.selection.truth };
  } finally {
    await closeSamples(samples.all);
  }
}

/** The observables of all samples. */
interface ReadSamples {
  readonly observables: readonly Observable[];
  readonly simulation: SimulatedColumns;
  /** With the backgrounds taken off. */
  readonly data: EventColumns;
  /** Of the data, if it is known. */
  readonly truth: EventColumns | undefined;
  readonly observeTruth: ObserveTruth;
  readonly variations: readonly Variation[];
}

async function readSamples(plan: MeasurementPlan, samples: OpenSamples, options: MeasureOptions): Promise<ReadSamples> {
  const { keys, functions } = plan;
  const { simulation, data, backgrounds, variations, all } = samples;
  const context = { spec: simulation.source.spec, energy: keys.energy, functions };
  const observables = Object.entries(keys.observables).map(([name, each]) => observableOf(name, each, context));
  const selection = selectionOf(plan, simulation);
  const onRead = readingProgress(all, options.onProgress);
  const read = async (sample: OpenSample): Promise<ObservedSample> => {
    const { source, split, scale } = sample;
    const tell = (events: number): void => onRead(all.indexOf(sample), events);
    return readColumns(source, split, observables, { selection, scale, signal: options.signal, onRead: tell });
  };
  const simulated = async (sample: OpenSample): Promise<SimulatedColumns> => {
    const { truth, detector } = await read(sample);
    return { truth: truth!, detector };
  };
  const nominal = await simulated(simulation);
  const measured = await read(data);
  checkMeasured(measured);
  const others: ObservedSample[] = [];
  for (const each of backgrounds) others.push(await read(each));
  const varied: Variation[] = [];
  for (const { name, up, down } of variations)
    varied.push({ name, up: await simulated(up), down: down && (await simulated(down)) });
  return {
    observables,
    simulation: nominal,
    data: joinColumns([measured, ...others].map(({ detector }) => detector)),
    truth: measured.truth,
    observeTruth: truthObserver(observables, selection),
    variations: varied,
  };
}

function selectionOf({ keys, functions }: MeasurementPlan, { source }: OpenSample): Selection {
  const compile = (level: 'truth' | 'detector') => {
    const text = keys.selection[level];
    if (text === undefined) return {};
    const options = { level, energy: keys.energy, functions };
    return { [level]: naming(`selection.${level}`, () => conditionExpression(source.spec, text, options)) };
  };
  return { ...compile('truth'), ...compile('detector') };
}

function checkMeasured({ detector }: ObservedSample): void {
  const isMeasured = detector.columns.some(([first]) => first!.some((value) => !Number.isNaN(value)));
  if (!isMeasured) throw new UserError('invalid data: none of its events is selected and has the observables');
}

function readingProgress(samples: readonly OpenSample[], onProgress: OnProgress | undefined) {
  const counts = samples.map(({ source, split }) => source.count(split));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (sample: number, events: number): void => {
    const before = counts.slice(0, sample).reduce((sum, count) => sum + count, 0);
    onProgress?.({ stage: 'reading', done: before + events, total, unit: 'events' });
  };
}

async function unfoldSamples(
  plan: MeasurementPlan,
  read: ReadSamples,
  options: MeasureOptions,
): Promise<Pick<Measurement, 'result' | 'observables' | 'events'>> {
  const { keys, name, unfolders, rng } = plan;
  const { simulation, data, truth, observeTruth, variations } = read;
  const observables = binObservables(read.observables, simulation);
  const notes = checkSimulation(observables, simulation);
  const { luminosity } = keys;
  const predictions = await readPredictions(keys.predictions, observables, luminosity);
  const input: MeasurementInput = { observables, simulation, data, observeTruth, variations };
  const parts = options.parts === undefined ? undefined : new PartFolder(options.parts, partOrigin(plan));
  const progress = new UnfoldingProgress(workOf(plan, input), options.onProgress);
  warnOfTrainings(plan, input, options.log);
  options.signal?.throwIfAborted();
  const how = (method: string, stream: string): ErrorOptions => ({
    ...keys.errors,
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
    const testing = { ...how(method.label, 'tests'), ...keys.testing, tests: keys.tests };
    tests.push(...(await testMethods(input, [method], [methods[i]!], testing)));
  }
  parts?.removeUnused();
  const truths = { simulation: simulation.truth, truth };
  return {
    result: assembleResult({ name, luminosity, observables, ...truths, methods, predictions, tests, notes }),
    observables,
    events: methods.flatMap(({ label, events }) => (events ? [{ method: label, events }] : [])),
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

/** How many unfoldings each method makes; a test of closure makes those of another measurement without systematics. */
function workOf({ keys, unfolders }: MeasurementPlan, input: MeasurementInput) {
  const closure = keys.tests.includes('closure') ? unfoldingsOf({}, keys.errors) : 0;
  const total = unfoldingsOf(input, keys.errors) + closure;
  return unfolders.map(({ label }) => ({ label, total }));
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
