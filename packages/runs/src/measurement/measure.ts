import { resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import {
  assembleResult,
  binObservables,
  checkSimulation,
  conditionExpression,
  type EventColumns,
  joinColumns,
  type MeasurementInput,
  type MeasurementResult,
  type MethodResult,
  naming,
  type Observable,
  type ObservedSample,
  type ObserveTruth,
  observableOf,
  readColumns,
  type Selection,
  type SimulatedColumns,
  testMethods,
  truthObserver,
  unfoldMeasurement,
  type Variation,
} from '@unfold-zoo/measurement';
import type { ConfigInput, ConfigOptions } from '../configs/run-config.js';
import type { OnProgress } from '../progress/progress.js';
import { useEngine } from '../run/engine.js';
import { inputFiles } from '../writing/input-files.js';
import { fileOf, type MeasurementPlan, readMeasurement } from './measurement-plan.js';
import { closeSamples, type OpenSample, type OpenSamples, openSamples } from './samples.js';

/** How a measurement is done. */
export interface MeasureOptions extends ConfigOptions {
  /** Aborted to stop; `measure` then throws its reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** A measurement that is done. */
export interface Measurement {
  readonly result: MeasurementResult;
  /** The files that it was made from. */
  readonly inputs: readonly string[];
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
    return { result: await unfoldSamples(plan, read, options), inputs: [...own, ...named] };
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
): Promise<MeasurementResult> {
  const { keys, name, unfolders, rng } = plan;
  const { simulation, data, truth, observeTruth, variations } = read;
  const observables = binObservables(read.observables, simulation);
  const notes = checkSimulation(observables, simulation);
  const input: MeasurementInput = { observables, simulation, data, observeTruth, variations };
  const perMethod = keys.errors.replicas + keys.errors.simulationReplicas;
  const startEngine = async (): Promise<void> =>
    void (await useEngine({ catalogue: plan.catalogue, choices: plan.choices, seed: keys.seed }));
  const onDrawn = (done: number, total: number): void =>
    options.onProgress?.({ stage: 'drawing', done, total, unit: 'events' });
  const methods: MethodResult[] = [];
  for (const [i, method] of unfolders.entries()) {
    const onReplica = (done: number): void =>
      options.onProgress?.({
        stage: 'unfolding',
        done: i * perMethod + done,
        total: unfolders.length * perMethod,
        unit: 'replicas',
      });
    // Every method has the same replicas.
    const how = { ...keys.errors, rng: rng.fork('replicas'), signal: options.signal, startEngine, onDrawn, onReplica };
    methods.push(await unfoldMeasurement(input, method, how));
  }
  const testing = {
    ...keys.errors,
    ...keys.testing,
    tests: keys.tests,
    rng: rng.fork('tests'),
    signal: options.signal,
    startEngine,
    onDrawn,
  };
  const tests = await testMethods(input, unfolders, methods, testing);
  const { luminosity } = keys;
  return assembleResult({ name, luminosity, observables, simulation: simulation.truth, truth, methods, tests, notes });
}
