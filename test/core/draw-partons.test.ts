import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { GenerativeModel, type HostEvents, type Posterior, Rng } from '@unfold-zoo/core';
import { type DrawRequest, drawPartons, drawStreams, sliceEvents, unscalePartons } from '@unfold-zoo/core/events';
import { build, testDraws, testSetting } from '@unfold-zoo/core/testing';
import vld from '@unfold-zoo/models-vld';
import test from 'ava';

const EVENTS = 20;
const FIRST = 1015; // Nine events before the next stream begins.

const setting = testSetting();
const { spec, scaling } = setting;
const rng = new Rng(3).fork('draws 0');
let model: GenerativeModel;
let events: HostEvents;

test.before(async () => {
  await tf.setBackend('cpu');
  model = build(GenerativeModel, vld, { kind: 'vld' }, setting);
  events = await testDraws(setting).source.read('test', 0, EVENTS);
});

async function drawn(request: Partial<DrawRequest>, of = model): Promise<number[]> {
  const all: number[] = [];
  const whole = { spec, scaling, events, first: FIRST, draws: 1, rng, ...request };
  for await (const rows of drawPartons(of, whole)) all.push(...rows);
  return all;
}

/** The numbers of some draws of each event. */
function ofEvents(partons: readonly number[], draws: number, take: (event: number) => readonly number[]): number[] {
  const width = partons.length / EVENTS / draws;
  const row = (event: number, draw: number) =>
    partons.slice((event * draws + draw) * width, (event * draws + draw + 1) * width);
  return Array.from({ length: EVENTS }, (_, event) => take(event).flatMap((draw) => row(event, draw))).flat();
}

test.serial('draws are the same however many rows are drawn at once', async (t) => {
  const whole = await drawn({ draws: 5 });
  t.is(whole.length, EVENTS * 5 * 10);
  t.is(new Set(whole).size, whole.length);
  for (const rowsAtOnce of [1, 3, 5, 7, 10, 64]) t.deepEqual(await drawn({ draws: 5, rowsAtOnce }), whole);
});

test.serial('the first draws are the same however many are asked for', async (t) => {
  const five = await drawn({ draws: 5 });
  t.deepEqual(
    await drawn({ draws: 1 }),
    ofEvents(five, 5, () => [0]),
  );
  t.deepEqual(
    await drawn({ draws: 3 }),
    ofEvents(five, 5, () => [0, 1, 2]),
  );
});

test.serial('draws of an event depend on its number in the split and not on where the drawing begins', async (t) => {
  const whole = await drawn({ draws: 2 });
  const tail = await drawn({ draws: 2, events: sliceEvents(events, spec, 7, EVENTS - 7), first: FIRST + 7 });
  t.deepEqual(tail, whole.slice(7 * 2 * 10));
  t.notDeepEqual(await drawn({ draws: 2, first: FIRST + 1 }), whole);
  t.notDeepEqual(await drawn({ draws: 2, rng: new Rng(3).fork('draws 1') }), whole);
});

test.serial('a whole block of events draws from one stream, a row each', (t) => {
  const block = rng.fork('events 1024').fork('draw 2');
  const streams = drawStreams(rng, { first: 1024, events: 6, firstDraw: 2 });
  t.deepEqual(streams.normalTensor(6, 4).dataSync(), block.normalTensor(6, 4).dataSync());
  t.deepEqual(streams.fork('step').normalTensor(6, 4).dataSync(), block.fork('step').normalTensor(6, 4).dataSync());
});

test.serial('every event is encoded once, and nothing is left behind', async (t) => {
  const encoded: number[] = [];
  const counting = {
    posterior: (observed: Parameters<GenerativeModel['posterior']>[0]): Posterior => {
      const posterior = model.posterior(observed);
      encoded.push(posterior.events);
      return posterior;
    },
  } as GenerativeModel;
  const before = tf.memory().numTensors;
  await drawn({ draws: 7, rowsAtOnce: 21 }, counting);
  await drawn({ draws: 7, rowsAtOnce: 3 }, counting);
  t.is(tf.memory().numTensors, before);
  t.is(
    encoded.reduce((sum, count) => sum + count),
    2 * EVENTS,
  );
});

test.serial('a drawing that is given up leaves nothing behind', async (t) => {
  const before = tf.memory().numTensors;
  for await (const rows of drawPartons(model, { spec, scaling, events, first: 0, draws: 8, rng, rowsAtOnce: 2 })) {
    t.is(rows.length, 2 * 10);
    break;
  }
  t.is(tf.memory().numTensors, before);
});

test.serial('draws are in physical units', async (t) => {
  const wide = { ...scaling, partons: { ...scaling.partons, mean: scaling.partons.mean.map((_, i) => 100 * i) } };
  const [plain, moved] = [await drawn({ draws: 1 }), await drawn({ draws: 1, scaling: wide })];
  t.deepEqual(moved, [...unscalePartons(wide, Float32Array.from(plain), events)]);
});
