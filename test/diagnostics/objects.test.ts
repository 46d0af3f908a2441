import { type EvaluatedDraws, Evaluator, type EventSpec, type HostEvents, Rng } from '@unfold-zoo/core';
import type { Findings, Verdict } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, eventsInMemory, testSetting } from '@unfold-zoo/core/testing';
import plugin from '@unfold-zoo/diagnostics';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';

conforms(
  'objects',
  evaluatorChecks(
    () => objects(),
    () => toyDraws({}),
  ),
);

const feature = (name: string) => ({ name, unit: 'GeV', scaling: 'standard' }) as const;
const JETS = 4;
const SIZE = { events: 800, draws: 20 };
/** How well jets point at their quarks, in eta and in phi. */
const POINTING = 0.05;

/** Two quarks, each of which is seen as one of four jets. */
const SPEC: EventSpec = {
  name: 'two quarks',
  particles: [
    { name: 'up', label: 'Up' },
    { name: 'down', label: 'Down' },
  ],
  inputs: { jets: { features: ['px', 'py', 'pz'].map(feature), capacity: JETS } },
};

/** What is wrong with draws; nothing unless said. */
interface Wrong {
  readonly pointing?: number;
  /** Whether the jets that are most probable are always drawn. */
  readonly sure?: boolean;
  /** Share of draws with both quarks on one jet. */
  readonly doubled?: number;
}

interface Jet {
  readonly eta: number;
  readonly phi: number;
}

/** An event: jets a quarter turn apart, and how probable it is of the first and second that they are the quarks'. */
interface ToyEvent {
  readonly jets: readonly Jet[];
  readonly first: number;
}

function partonsOf({ jets, first }: ToyEvent, { pointing = POINTING, sure, doubled = 0 }: Wrong, rng: Rng): number[] {
  const swapped = sure ? first < 0.5 : rng.uniform() > first;
  const up = swapped ? 1 : 0;
  const down = rng.uniform() < doubled ? up : 1 - up;
  return [up, down].flatMap((jet) => {
    const { eta, phi } = jets[jet]!;
    return fourMomentum({ eta: eta + pointing * rng.normal(), phi: phi + pointing * rng.normal() });
  });
}

/** Mass, ln E, px, py, pz of a quark of 50 GeV across the beam. */
function fourMomentum(direction: Jet): number[] {
  const momentum = momentumOf(direction);
  return [0, Math.log(Math.hypot(...momentum)), ...momentum];
}

function momentumOf({ eta, phi }: Jet): [number, number, number] {
  return [50 * Math.cos(phi), 50 * Math.sin(phi), 50 * Math.sinh(eta)];
}

function toyDraws(wrong: Wrong): EvaluatedDraws {
  const rng = new Rng(5);
  const events = Array.from({ length: SIZE.events }, (): ToyEvent => {
    const turn = 2 * Math.PI * rng.uniform();
    const jets = Array.from({ length: JETS }, (_, i) => ({ eta: rng.normal(), phi: turn + (i * Math.PI) / 2 }));
    return { jets, first: rng.uniform() };
  });
  const mask = new Float32Array(SIZE.events * JETS).fill(1);
  const features = Float32Array.from(events.flatMap(({ jets }) => jets.flatMap(momentumOf)));
  const partons = Float32Array.from(events.flatMap((event) => partonsOf(event, {}, rng)));
  const test: HostEvents = { size: SIZE.events, partons, inputs: { jets: { features, mask } } };
  const drawn = events.flatMap((event) =>
    Array.from({ length: SIZE.draws }, () => partonsOf(event, wrong, rng)).flat(),
  );
  const source = eventsInMemory(SPEC, { train: test, test });
  return { label: 'Toy', source, split: 'test', start: 0, ...SIZE, partons: Float32Array.from(drawn) };
}

function objects(options: object = {}): Evaluator {
  return build(Evaluator, plugin, { kind: 'objects', ...options }, { ...testSetting(), spec: SPEC });
}

async function findingsOf(wrong: Wrong, options: object = {}): Promise<Required<Findings>> {
  return (await objects(options).evaluate(toyDraws(wrong))) as Required<Findings>;
}

const of = ({ verdicts }: Required<Findings>, quantity: string): Verdict =>
  verdicts.find((each) => each.quantity === quantity)!;

test('draws of the exact posterior are called right', async (t) => {
  const found = await findingsOf({});
  t.deepEqual(
    found.verdicts.map(({ quantity, status }) => [quantity, status]),
    [
      ['Up', 'undecided'],
      ['Down', 'undecided'],
      ['Up and Down', 'good'],
    ],
  );
  for (const { measured } of found.verdicts) t.true(Math.abs(measured!.value) <= 3 * measured!.error!);
});

test('directions between the objects are found, with the share that normal distributions have', async (t) => {
  const found = await findingsOf({ pointing: 0.2 });
  const { status, measured, text } = of(found, 'Up');
  t.is(status, 'bad');
  t.regex(text, /lie on an object$/);
  // Within r of the centre of a normal distribution in two dimensions: 1 - exp(-r^2 / (2 s^2)).
  const within = (s: number): number => 1 - Math.exp(-(0.1 ** 2) / (2 * s ** 2));
  t.true(Math.abs(measured!.value - (within(0.2) - within(POINTING))) < 4 * measured!.error!, `${measured!.value}`);
});

test('a model that always takes the most probable object is too sure', async (t) => {
  const { status, text, measured } = of(await findingsOf({ sure: true }), 'Down');
  t.is(status, 'bad');
  t.regex(text, /^too sure of the object/);
  // A draw and the truth agree in 3/4 of events whose probability is uniform; two draws always do.
  t.true(Math.abs(measured!.value - 0.25) < 4 * measured!.error!, `${measured!.value}`);
});

test('two quarks on one object are found', async (t) => {
  const { status, text, measured } = of(await findingsOf({ doubled: 0.2 }), 'Up and Down');
  t.is(status, 'bad');
  t.regex(text, /have one object$/);
  t.true(Math.abs(measured!.value - 0.2) < 4 * measured!.error!, `${measured!.value}`);
});

test('what is near, and what is no matter, are options', async (t) => {
  const lenient = await findingsOf({ pointing: 0.2 }, { tolerance: 0.9 });
  t.true(lenient.verdicts.every(({ status }) => status === 'good'));
  const [wide] = (await findingsOf({}, { near: 0.3 })).tables[0]!.rows[0]!.cells;
  t.is(wide, '100.0 %');
});
