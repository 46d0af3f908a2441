import type { EventSource } from '../../contracts/events/event-source.js';
import { type HostEvents, type InputSpec, partonWidth, SPLITS, type Split } from '../../contracts/events/event-spec.js';
import { Rng } from '../../rng.js';
import { type Check, check, claim } from '../check.js';

/** Events that a check looks at, at most. */
const LOOKED_AT = 200;

/** What an `EventSource` must do. `make` returns one that is not open yet, and always of the same events. */
export function eventSourceChecks(make: () => EventSource): Check[] {
  const opened = (title: string, body: (source: EventSource) => void | Promise<void>): Check =>
    check(title, () => withSource(make, body));
  const perSplit = (title: string, body: (source: EventSource, split: Split, count: number) => Promise<void>): Check =>
    opened(title, async (source) => {
      for (const split of SPLITS) {
        const count = Math.min(LOOKED_AT, source.count(split));
        if (count > 0) await body(source, split, count);
      }
    });
  return [
    opened('the event description names each particle and feature once', claimSpec),
    opened('counts are whole numbers, and there are events to train on', (source) => {
      for (const split of SPLITS)
        claim(isCount(source.count(split)), `the ${split} split has ${source.count(split)} events`);
      claim(source.count('train') > 0, 'the train split is empty');
      claim(isCount(source.blockSize) && source.blockSize > 0, `the block size is ${source.blockSize}`);
    }),
    perSplit('arrays are as long as the event description says', async (source, split, count) => {
      for (const size of [count, 1]) claimLengths(source, await source.read(split, 0, size), size);
    }),
    opened('the truth is there where the source says so, and it is of the events to train on', async (source) => {
      claim(source.hasTruth('train'), 'the train split has no truth');
      for (const split of SPLITS) {
        if (source.count(split) === 0) continue;
        const { partons } = await source.read(split, 0, 1);
        const says = source.hasTruth(split);
        claim(
          says === (partons !== undefined),
          `the ${split} split says that it has ${says ? 'a' : 'no'} truth, wrongly`,
        );
      }
    }),
    perSplit('every number is finite', async (source, split, count) => {
      const events = await source.read(split, 0, count);
      for (const [name, array] of arrays(events))
        claim(array.every(Number.isFinite), `${name} has a number that is not finite`);
    }),
    perSplit('masks are 0 or 1, and padding is zero', async (source, split, count) => {
      const { inputs } = await source.read(split, 0, count);
      for (const [name, { mask, features }] of Object.entries(inputs)) {
        claim(
          mask.every((each) => each === 0 || each === 1),
          `the mask of "${name}" has entries that are not 0 or 1`,
        );
        const width = source.spec.inputs[name]!.features.length;
        const isClean = features.every((value, i) => value === 0 || mask[Math.floor(i / width)] === 1);
        claim(isClean, `"${name}" has features where its mask says padding`);
      }
    }),
    perSplit('log-scaled features are not negative', async (source, split, count) => {
      const { inputs } = await source.read(split, 0, count);
      for (const [name, input] of Object.entries(source.spec.inputs))
        claimLogScaled(name, input, inputs[name]!.features);
    }),
    perSplit('any range holds the events that reading in order gives', async (source, split, count) => {
      const all = await source.read(split, 0, count);
      for (const start of [count - 1, Math.floor(count / 2), Math.floor(count / 3), 0]) {
        const size = Math.min(count - start, 7);
        const some = await source.read(split, start, size);
        claim(isPart(some, all, start), `events ${start} to ${start + size} of "${split}" depend on how they are read`);
      }
    }),
    perSplit('a range past the end is refused', async (source, split) => {
      const past = source.count(split);
      const refused = await source.read(split, past, 1).then(
        () => false,
        () => true,
      );
      claim(refused, `event ${past} of "${split}", which has ${past}, was read without an error`);
    }),
    perSplit('exact posteriors, where there are any, are draws of each event by itself', claimExactPosterior),
    check('two sources of the same options have the same events', async () => {
      const read = () => withSource(make, (source) => source.read('train', 0, Math.min(20, source.count('train'))));
      const [first, second] = [await read(), await read()];
      claim(isPart(first, second, 0), 'a second source has other events');
    }),
  ];
}

async function withSource<T>(make: () => EventSource, use: (source: EventSource) => T | Promise<T>): Promise<T> {
  const source = make();
  await source.open();
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function claimSpec({ spec }: EventSource): void {
  const particles = spec.particles.map(({ name }) => name);
  claim(particles.length > 0, 'the event description has no particles');
  claim(new Set(particles).size === particles.length, 'two particles have the same name');
  for (const [name, { features, capacity }] of Object.entries(spec.inputs)) {
    const own = features.map((feature) => feature.name);
    claim(own.length > 0 && new Set(own).size === own.length, `"${name}" has no features, or two of the same name`);
    claim(isCount(capacity) && capacity > 0, `"${name}" holds ${capacity} objects`);
  }
}

function arrays({ partons, inputs, weights }: HostEvents): [name: string, array: Float32Array][] {
  const ofInputs = Object.entries(inputs).flatMap(([name, { features, mask }]): [string, Float32Array][] => [
    [`features of "${name}"`, features],
    [`mask of "${name}"`, mask],
  ]);
  return [
    ...(partons ? [['partons', partons] as [string, Float32Array]] : []),
    ...ofInputs,
    ...(weights ? [['weights', weights] as [string, Float32Array]] : []),
  ];
}

function claimLengths({ spec }: EventSource, events: HostEvents, size: number): void {
  claim(events.size === size, `${size} events were asked for, and the block says ${events.size}`);
  const widths = new Map([
    ['partons', partonWidth(spec)],
    ['weights', 1],
  ]);
  for (const [name, { features, capacity }] of Object.entries(spec.inputs)) {
    widths.set(`features of "${name}"`, capacity * features.length).set(`mask of "${name}"`, capacity);
  }
  const found = new Map(arrays(events));
  for (const [name, width] of widths) {
    if (name === 'weights' && !found.has(name)) continue;
    if (name === 'partons' && !events.partons) continue;
    claim(
      found.get(name)?.length === size * width,
      `${name} of ${size} events: ${found.get(name)?.length ?? 'no'} numbers, expected ${size * width}`,
    );
  }
}

function claimLogScaled(name: string, { features }: InputSpec, found: Float32Array): void {
  for (const [i, feature] of features.entries()) {
    if (feature.scaling !== 'log') continue;
    const isRight = found.every((value, j) => j % features.length !== i || value >= 0);
    claim(isRight, `"${feature.name}" of "${name}" is scaled by its logarithm and has a negative value`);
  }
}

async function claimExactPosterior(source: EventSource, split: Split, count: number): Promise<void> {
  if (!source.exactPosterior) return;
  const [width, draws] = [partonWidth(source.spec), 2];
  const drawn = async (size: number): Promise<Float32Array> => {
    const posterior = source.exactPosterior!(await source.read(split, 0, size));
    claim(posterior.events === size, `the posterior of ${size} events says that it is of ${posterior.events}`);
    return posterior.draw(new Rng(1), draws);
  };
  const all = await drawn(count);
  claim(all.length === count * draws * width, `${draws} exact draws of ${count} events are ${all.length} numbers`);
  claim(all.every(Number.isFinite), 'an exact draw has a number that is not finite');
  const isSame = (await drawn(1)).every((value, i) => Object.is(value, all[i]));
  claim(isSame, 'the exact draws of an event depend on the other events');
}

/** Whether `part` is what `whole` holds from an event on. */
function isPart(part: HostEvents, whole: HostEvents, start: number): boolean {
  const of = new Map(arrays(whole));
  return arrays(part).every(([name, array]) => {
    const width = array.length / part.size;
    const expected = of.get(name)?.subarray(start * width, start * width + array.length);
    return expected !== undefined && array.every((value, i) => Object.is(value, expected[i]));
  });
}
