import type { EventSource, HostEvents } from '@unfold-zoo/core';
import {
  CONSTANT_BELOW,
  type EventScaling,
  fitScaling,
  LOG_FLOOR,
  scaleFeatures,
  scalePartons,
  scalingFromJson,
  scalingToJson,
  unscalePartons,
} from '@unfold-zoo/core/events';
import test from 'ava';
import { NumberedSource, numberedSpec } from '../fixtures/data/numbered-source.js';

const EVENTS = 53;

interface Moments {
  readonly mean: number;
  readonly standardDeviation: number;
}

// The definition, in two passes.
function moments(values: readonly number[], weights = values.map(() => 1)): Moments {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = values.reduce((sum, value, i) => sum + weights[i]! * value, 0) / total;
  const variance = values.reduce((sum, value, i) => sum + weights[i]! * (value - mean) ** 2, 0) / total;
  return { mean, standardDeviation: variance < CONSTANT_BELOW ** 2 ? 1 : Math.sqrt(variance) };
}

function column(values: Float32Array, width: number, index: number): number[] {
  return [...values].filter((_, i) => i % width === index);
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * (1 + Math.abs(b)); // Rounding of 53 float64 updates.
}

function withEvents(change: (events: HostEvents) => void): EventSource {
  const source = new NumberedSource(EVENTS, 8);
  const read = source.read.bind(source);
  source.read = async (...range) => {
    const events = await read(...range);
    change(events);
    return events;
  };
  return source;
}

test('one pass gives the means and standard deviations of their definition', async (t) => {
  const source = new NumberedSource(EVENTS, 8);
  const scaling = await fitScaling(source);
  const { partons, inputs } = await source.read('train', 0, EVENTS);
  for (let i = 0; i < 10; i++) {
    const expected = moments(column(partons, 10, i));
    t.true(close(scaling.partons.mean[i]!, expected.mean), `column ${i}`);
    t.true(close(scaling.partons.standardDeviation[i]!, expected.standardDeviation), `column ${i}`);
  }
  const met = moments([...inputs['met']!.features].map(Math.log));
  t.true(close(scaling.inputs['met']!.mean[0]!, met.mean));
  t.true(close(scaling.inputs['met']!.standardDeviation[0]!, met.standardDeviation));
});

test('weighted events count by their weight', async (t) => {
  const weight = (event: number): number => 1 + (event % 5);
  const source = new NumberedSource(EVENTS, 8, weight);
  const scaling = await fitScaling(source);
  const { partons, weights } = await source.read('train', 0, EVENTS);
  const expected = moments(column(partons, 10, 4), [...weights!]);
  t.true(close(scaling.partons.mean[4]!, expected.mean));
  t.true(close(scaling.partons.standardDeviation[4]!, expected.standardDeviation));
  t.true(close(scaling.meanWeight!, moments([...weights!]).mean));
});

test('an event of weight two counts like two events', async (t) => {
  const doubled = await fitScaling(new NumberedSource(EVENTS, 8, () => 2));
  const plain = await fitScaling(new NumberedSource(EVENTS, 8));
  for (const [i, mean] of plain.partons.mean.entries()) t.true(close(doubled.partons.mean[i]!, mean));
});

test('means of features are over objects and not over padding', async (t) => {
  const source = new NumberedSource(EVENTS, 8);
  const scaling = await fitScaling(source);
  const { features, mask } = (await source.read('train', 0, EVENTS)).inputs['objects']!;
  const eta = column(features, 3, 1).filter((_, slot) => mask[slot] === 1);
  t.true(close(scaling.inputs['objects']!.mean[1]!, moments(eta).mean));
  const logPt = column(features, 3, 0)
    .filter((_, slot) => mask[slot] === 1)
    .map(Math.log);
  t.true(close(scaling.inputs['objects']!.mean[0]!, moments(logPt).mean));
});

test('classes keep their zeros and ones', async (t) => {
  const { mean, standardDeviation, log } = (await fitScaling(new NumberedSource(EVENTS, 8))).inputs['objects']!;
  t.is(mean[2], 0);
  t.is(standardDeviation[2], 1);
  t.deepEqual([...log], [1, 0, 0]);
});

test('a column that never varies has standard deviation 1', async (t) => {
  const { partons } = await fitScaling(new NumberedSource(EVENTS, 8));
  t.is(partons.standardDeviation[5], 1);
  t.is(partons.mean[9], 2);
  t.is(partons.standardDeviation[9], 1);
});

test('the scale of the energies squared is their standard deviation', async (t) => {
  const source = new NumberedSource(EVENTS, 8);
  const { energySquared } = await fitScaling(source);
  const { partons } = await source.read('train', 0, EVENTS);
  for (const [i, logE] of [column(partons, 10, 1), column(partons, 10, 6)].entries()) {
    const expected = moments(logE.map((value) => Math.exp(value) ** 2)).standardDeviation;
    t.true(Math.abs(energySquared[i]! / expected - 1) < 1e-12);
  }
});

test('scaled partons have mean 0 and standard deviation 1, and come back', async (t) => {
  const source = new NumberedSource(EVENTS, 8);
  const scaling = await fitScaling(source);
  const events = await source.read('train', 0, EVENTS);
  const { partons } = events;
  const scaled = scalePartons(scaling, partons, events);
  for (const i of [0, 1, 2, 3, 4]) {
    const { mean, standardDeviation } = moments(column(scaled, 10, i));
    t.true(Math.abs(mean) < 1e-6 && Math.abs(standardDeviation - 1) < 1e-6); // float32
  }
  const back = unscalePartons(scaling, scaled, events);
  t.true(back instanceof Float64Array);
  // float32 keeps a relative 6e-8 of numbers of a few standard deviations.
  for (const [i, value] of partons.entries()) {
    t.true(Math.abs(back[i]! - value) <= 3e-7 * scaling.partons.standardDeviation[i % 10]!);
  }
});

test('a massless object is scaled as one of the smallest mass, and a negative one is refused', async (t) => {
  const scaling = { mean: Float64Array.of(0), standardDeviation: Float64Array.of(1), log: Uint8Array.of(1) };
  const scaled = scaleFeatures(scaling, { features: Float32Array.of(0), mask: Float32Array.of(1) });
  t.is(scaled[0], Math.fround(Math.log(LOG_FLOOR)));
  const negative = withEvents(({ inputs }) => inputs['met']!.features.fill(-1));
  await t.throwsAsync(fitScaling(negative), { message: /^invalid met\.met: its scaling is "log", got -1/ });
});

test('numbers that are not finite are refused by name', async (t) => {
  const source = withEvents(({ partons }) => partons!.fill(Number.NaN, 17, 18));
  await t.throwsAsync(fitScaling(source), { message: /^invalid neutrino\.px: expected finite numbers, got NaN/ });
});

test('a split without truth is refused', async (t) => {
  const source = Object.assign(new NumberedSource(10, 8), { hasTruth: () => false });
  await t.throwsAsync(fitScaling(source), { message: /^missing truth: the train split has none, and the scaling/ });
});

test('an empty split is refused', async (t) => {
  await t.throwsAsync(fitScaling(new NumberedSource(0, 8)), { message: /^missing training events/ });
});

test('a large split is looked at in blocks spread over it', async (t) => {
  const source = new NumberedSource(100_000, 100);
  const progress: number[] = [];
  await fitScaling(source, { maxEvents: 1000, onProgress: (done) => progress.push(done) });
  t.deepEqual(
    source.reads.map(([start]) => start),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => 10_000 * i),
  );
  t.is(progress.at(-1), 10);
});

async function fitted(): Promise<EventScaling> {
  return fitScaling(new NumberedSource(EVENTS, 8, (event) => 1 + event / 7));
}

test('a scaling survives JSON to the last bit', async (t) => {
  const scaling = await fitted();
  const json = JSON.parse(JSON.stringify(scalingToJson(scaling)));
  t.deepEqual(scalingFromJson(json, 'scaling.json', numberedSpec), scaling);
});

test('a scaling that is not one is refused with its file', async (t) => {
  const json = scalingToJson(await fitted());
  const refuse = (broken: unknown, message: RegExp): void => {
    t.throws(() => scalingFromJson(broken, 'scaling.json', numberedSpec), { message });
  };
  refuse({}, /^invalid scaling\.json: partons/);
  refuse(
    { ...json, partons: { ...json.partons, mean: [1] } },
    /partons: mean, standardDeviation and log differ in length/,
  );
  refuse({ ...json, energySquared: [0, 1] }, /energySquared\.0: expected more than 0, got 0/);
  refuse({ ...json, energySquared: [1] }, /expected 2 energies for topology "numbered", got 1/);
  refuse({ ...json, inputs: { objects: json.inputs['objects'] } }, /expected 1 features of met .* got none/);
});
