import { UserError } from '@unfold-zoo/core';
import {
  conditionExpression,
  type EventColumns,
  type Expression,
  joinColumns,
  naming,
  type Observable,
  type ObservedSample,
  type ObserveTruth,
  observableOf,
  readColumns,
  type Selection,
  type SimulatedColumns,
  truthObserver,
  type Variation,
} from '@unfold-zoo/measurement';
import type { OnProgress } from '../progress/progress.js';
import type { MeasurementPlan } from './measurement-plan.js';
import { pseudoData, pseudoWeight } from './pseudo-data.js';
import type { OpenSample, OpenSamples } from './samples.js';

/** How samples are read. */
export interface ReadingOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** The observables of all samples. */
export interface ReadSamples {
  readonly observables: readonly Observable[];
  readonly simulation: SimulatedColumns;
  /** With the backgrounds taken off. */
  readonly data: EventColumns;
  /** Of the data, if it is known. */
  readonly truth: EventColumns | undefined;
  /** [n] how often each event of pseudo-data is expected. */
  readonly expected?: Float64Array;
  readonly observeTruth: ObserveTruth;
  readonly variations: readonly Variation[];
}

export async function readSamples(
  plan: MeasurementPlan,
  samples: OpenSamples,
  options: ReadingOptions,
): Promise<ReadSamples> {
  const { keys, functions } = plan;
  const { simulation, data, backgrounds, variations, all } = samples;
  const context = { spec: simulation.source.spec, energy: keys.energy, functions };
  const observables = Object.entries(keys.observables).map(([name, each]) => observableOf(name, each, context));
  const selection = selectionOf(plan, simulation);
  const onRead = readingProgress(all, options.onProgress);
  const read = async (sample: OpenSample, factor?: Expression): Promise<ObservedSample> => {
    const { source, split, scale } = sample;
    const tell = (events: number): void => onRead(all.indexOf(sample), events);
    return readColumns(source, split, observables, { selection, scale, factor, signal: options.signal, onRead: tell });
  };
  const simulated = async (sample: OpenSample): Promise<SimulatedColumns> => {
    const { truth, detector } = await read(sample);
    return { truth: truth!, detector };
  };
  const nominal = await simulated(simulation);
  const measured = await read(data, pseudoWeight(plan, data));
  checkMeasured(measured);
  const others: EventColumns[] = [];
  for (const each of backgrounds) others.push((await read(each)).detector);
  const varied: Variation[] = [];
  for (const { name, up, down } of variations)
    varied.push({ name, up: await simulated(up), down: down && (await simulated(down)) });
  return {
    observables,
    simulation: nominal,
    ...(keys.pseudoData ? pseudoData(plan, measured, others) : dataOf(measured, others)),
    observeTruth: truthObserver(observables, selection),
    variations: varied,
  };
}

function dataOf({ detector, truth }: ObservedSample, backgrounds: readonly EventColumns[]) {
  return { data: joinColumns([detector, ...backgrounds]), truth };
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
