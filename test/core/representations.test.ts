import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import {
  component,
  definePlugin,
  EventSpec,
  type GenerativeModel,
  Module,
  type Observed,
  Representation,
  Rng,
} from '@unfold-zoo/core';
import { corePlugin } from '@unfold-zoo/core/config';
import {
  drawPartons,
  type EventScaling,
  fitScaling,
  QUANTITIES,
  type RepresentedColumn,
  scaledWidth,
  scalePartons,
  scalingFromJson,
  scalingToJson,
  unscalePartons,
} from '@unfold-zoo/core/events';
import { consistencyTerm } from '@unfold-zoo/core/losses';
import {
  build,
  eventsInMemory,
  type Make,
  measuredSetting,
  representationChecks,
  representedSetting,
  testObserved,
  testSetting,
  testTruth,
} from '@unfold-zoo/core/testing';
import { eventSpec, loadTopology } from '@unfold-zoo/data';
import test from 'ava';
import { z } from 'zod';
import { conforms, refusesBroken } from './testing/broken.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const { inputs } = testSetting().spec;
/** For representations that do not look at the detector. */
const unseen: Observed = { size: 1, inputs: {} };

/** Particles by their names, each with those that it decays to. */
function specOf(particles: Readonly<Record<string, readonly string[]>>): EventSpec {
  const named = Object.entries(particles).map(([name, decaysTo]) => ({
    ...{ name, label: name },
    ...(decaysTo.length > 0 && { decaysTo }),
  }));
  return { name: 'test', particles: named, inputs };
}

const pair = specOf({ z: ['plus', 'minus'], plus: [], minus: [] });
const top = specOf({ t: ['b', 'w'], w: ['nu', 'l'], b: [], l: [], nu: [] });
const three = specOf({ a: [], beside: [], h: ['a', 'b', 'c'], b: [], c: [], all: ['h', 'beside'] });
const ttbar = eventSpec(loadTopology('semileptonic-ttbar'));
const topologies = [pair, top, three, representedSetting().spec, ttbar];

type Coordinates = 'momenta' | 'masses';
const chain = (spec: EventSpec, coordinates: Coordinates = 'momenta'): Representation =>
  build(Representation, corePlugin, { kind: 'decay-chain', coordinates }, { ...testSetting(), spec });

conforms(
  'paper',
  representationChecks((setting) => build(Representation, corePlugin, { kind: 'paper' }, setting)),
);
const restored = (spec: EventSpec, frame = 'laboratory'): Representation =>
  build(Representation, corePlugin, { kind: 'paper', massShell: 'restored', frame }, { ...testSetting(), spec });
conforms(
  'paper with its mass shell restored',
  representationChecks(({ spec }) => restored(spec), { topologies }),
);
conforms(
  'paper with its mass shell restored, in the frame of the detector',
  representationChecks(({ spec }) => restored(spec, 'detector'), { topologies: [measuredSetting().spec, ttbar] }),
);

test('a mass shell is restored by moving energy and size of the momentum as little as one can', (t) => {
  const representation = restored(specOf({ a: [] }));
  const moved = (mass: number, energy: number, pz: number): readonly number[] => {
    const partons = representation.decode(Float64Array.of(mass, Math.log(energy), 0, 0, pz), unseen);
    return [partons[0]!, Math.exp(partons[1]!), partons[4]!];
  };
  const near = (found: readonly number[], expected: readonly number[]) =>
    t.true(
      found.every((value, i) => Math.abs(value - expected[i]!) < 1e-12 * (1 + Math.abs(expected[i]!))),
      `${found}`,
    );
  near(moved(0, 12, 10), [0, 11, 11]); // midway between both measurements
  near(moved(0, 8, -10), [0, 9, -9]);
  near(moved(172, 180, 0), [172, 172, 0]); // at rest, energy says nothing about the momentum
  near(moved(3, 5, 4), [3, 5, 4]); // where it is, it stays
  near(moved(0, 1e-3, 0), [0, 1e-6, 0]);
  // Of all points of the mass shell, none is nearer but for the square of the distance, which a tangent leaves.
  const [, energy, pz] = moved(80, 101, 61) as [number, number, number];
  const distance = (p: number) => Math.hypot(Math.hypot(80, p) - 101, p - 61);
  t.true(distance(pz) < distance(61) && distance(pz) < distance(Math.sqrt(101 ** 2 - 80 ** 2)));
  const nearest = Math.min(...Array.from({ length: 400 }, (_, i) => distance(60 + i / 200)));
  t.true(distance(pz) - nearest < 1e-4, `${energy} ${pz}`);
});

conforms(
  'mass-shell',
  representationChecks(
    ({ spec }) => build(Representation, corePlugin, { kind: 'mass-shell' }, { ...testSetting(), spec }),
    {
      topologies,
      sums: false,
    },
  ),
);
for (const coordinates of ['momenta', 'masses'] as const)
  conforms(
    `decay-chain of ${coordinates}`,
    representationChecks(({ spec }) => chain(spec, coordinates), { topologies }),
  );

const framed = (kind: 'paper' | 'mass-shell' | 'decay-chain', spec: EventSpec): Representation =>
  build(Representation, corePlugin, { kind, frame: 'detector' }, { ...testSetting(), spec });
for (const kind of ['paper', 'mass-shell', 'decay-chain'] as const)
  conforms(
    `${kind} in the frame of the detector`,
    representationChecks(({ spec }) => framed(kind, spec), {
      topologies: [measuredSetting().spec, ttbar],
      sums: kind === 'decay-chain',
    }),
  );

/** A representation of a plugin: momenta along the beam by their rapidity, of topologies without decays. */
class Rapidities implements Representation {
  readonly massShell = 'exact';
  readonly columns: readonly RepresentedColumn[];

  constructor({ particles }: EventSpec) {
    this.columns = particles.flatMap(({ name }) => [
      { name: `${name}.mass`, quantity: 'mass' as const },
      { name: `${name}.px`, quantity: 'px' as const },
      { name: `${name}.py`, quantity: 'py' as const },
      { name: `${name}.rapidity` },
    ]);
  }

  encode(partons: Float32Array): Float64Array {
    const rows = Array.from({ length: partons.length / 5 }, (_, i) => partons.subarray(5 * i));
    return Float64Array.from(
      rows.flatMap(([m, , px, py, pz]) => [m!, px!, py!, Math.asinh(pz! / Math.hypot(m!, px!, py!))]),
    );
  }

  decode(numbers: Float64Array): Float64Array {
    const bounded = (value: number) => (Number.isFinite(value) ? Math.max(-1e20, Math.min(value, 1e20)) : Number.NaN);
    const rows = Array.from({ length: numbers.length / 4 }, (_, i) => numbers.subarray(4 * i));
    return Float64Array.from(
      rows.flatMap(([m, x, y, rapidity]) => {
        const [mass, px, py] = [Math.max(0, bounded(m!)), bounded(x!), bounded(y!)];
        const pz = Math.hypot(mass, px, py) * Math.sinh(Math.max(-30, Math.min(bounded(rapidity!), 30)));
        return [mass, Math.log(Math.max(1e-6, Math.hypot(mass, px, py, pz))), px, py, pz];
      }),
    );
  }
}

const plugin = definePlugin({ name: '@me/rapidities', version: '1.0.0' }, [
  component(Representation, 'rapidities', {
    description: 'Mass, px, py and rapidity of every particle',
    options: z.object({}),
    inject: [EventSpec],
    create: (_context, spec) => new Rapidities(spec),
  }),
]);
conforms(
  'a representation of a plugin',
  representationChecks((setting) => build(Representation, plugin, { kind: 'rapidities' }, setting), { sums: false }),
);

const changed =
  (change: (right: Representation) => Partial<Representation>): Make<Representation> =>
  ({ spec }) => {
    const right = chain(spec);
    const { columns, massShell } = right;
    const both = { encode: right.encode.bind(right), decode: right.decode.bind(right) };
    return { columns, massShell, ...both, ...change(right) };
  };

refusesBroken(
  'representation',
  (make: Make<Representation>) => representationChecks(make, { topologies: [top] }),
  changed(() => ({})),
  {
    'columns have names of their own, and every event has a number of each': [
      changed(({ columns }) => ({ columns: columns.map((column) => ({ ...column, name: 'same' })) })),
      /columns are same, same/,
    ],
    'the truth of events comes back': [
      changed((right) => ({ encode: (partons) => right.encode(partons, unseen).map((value) => value * 1.001) })),
      /comes back as/,
    ],
    'an event does not depend on the others of its block': [
      changed((right) => ({
        encode: (partons) => right.encode(partons, unseen).map((value) => value + partons.length),
      })),
      /the numbers of an event change/,
    ],
    'what is given is not changed': [
      changed((right) => ({ decode: (numbers) => right.decode(numbers.fill(1, 0, 1), unseen) })),
      /it changes the numbers/,
    ],
    'finite numbers give finite partons': [
      changed((right) => ({
        decode: (numbers) => right.decode(numbers, unseen).map((value) => (value > 1e5 ? 1 / 0 : value)),
      })),
      /partons that are not finite/,
    ],
    'numbers that are not finite give partons that are not': [
      changed((right) => ({
        decode: (numbers) =>
          right.decode(
            numbers.map((value) => (value < 1 / 0 ? value : 0)),
            unseen,
          ),
      })),
      /gives finite partons/,
    ],
    'particles of an exact or restored mass shell are on it, whatever the numbers': [
      changed((right) => ({
        decode: (numbers) => right.decode(numbers, unseen).map((value, i) => (i % 5 === 1 ? value / 2 : value)),
      })),
      /numbers of about .* give t\.mass/,
    ],
    'particles that decay are the sums of their daughters, whatever the numbers': [
      changed((right) => ({
        decode: (numbers) => right.decode(numbers, unseen).map((value, i) => (i % 25 === 2 ? value + 1 : value)),
      })),
      /t\.px is off the sum of its daughters by 1/,
    ],
  },
);

test('a topology without decays is refused, and so are decays that cannot be', (t) => {
  const refusal = (spec: EventSpec): string => t.throws(() => chain(spec), { name: 'UserError' }).message;
  t.regex(refusal(testSetting().spec), /missing decays: topology "conformance" declares none.*write decaysTo/);
  t.regex(refusal(specOf({ z: ['a', 'bb'], a: [], b: [] })), /decaysTo of z: unknown particle "bb", did you mean "b"/);
  t.regex(refusal(specOf({ z: ['a', 'b'], h: ['a', 'b'], a: [], b: [] })), /duplicate parent of a: z decays to it too/);
  t.regex(refusal(specOf({ z: ['a', 'a'], a: [] })), /duplicate daughter: a stands twice/);
  t.regex(refusal(specOf({ z: ['a', 'h'], h: ['z', 'b'], a: [], b: [] })), /circle: h comes from z itself/);
  t.regex(refusal(specOf({ z: ['z', 'b'], b: [] })), /circle: z comes from z itself/);
});

/** One number of a particle of row-major partons. */
const quantity = (spec: EventSpec, partons: ArrayLike<number>, particle: string, name: (typeof QUANTITIES)[number]) =>
  partons[spec.particles.findIndex((each) => each.name === particle) * QUANTITIES.length + QUANTITIES.indexOf(name)]!;
const momentumOf = (spec: EventSpec, partons: ArrayLike<number>, particle: string): number[] =>
  (['px', 'py', 'pz'] as const).map((name) => quantity(spec, partons, particle, name));
const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((x, i) => x - b[i]!));

/** Numbers of the top topology with other masses of W and top, whatever the momenta. */
function withMasses(numbers: Float64Array, ofW: number, ofTop: number): Float64Array {
  const columns = chain(top, 'masses').columns.map(({ name }) => name);
  return numbers.map((value, i) => (columns[i] === 'w.mass' ? ofW : columns[i] === 't.mass' ? ofTop : value));
}

test('a mass that is a number of its own is that of the particle, and the first final daughter alone is moved', (t) => {
  const representation = chain(top, 'masses');
  t.deepEqual(
    representation.columns.slice(-2).map(({ name }) => name),
    ['w.mass', 't.mass'],
  );
  const rng = new Rng(6);
  for (let event = 0; event < 200; event++) {
    const numbers = representation.encode(testTruth(top, rng.fork(`${event}`), 1), unseen);
    const plain = representation.decode(numbers, unseen);
    const moved = representation.decode(withMasses(numbers, 80, 173), unseen);
    t.true(Math.abs(quantity(top, moved, 'w', 'mass') - 80) < 1e-4);
    t.true(Math.abs(quantity(top, moved, 't', 'mass') - 173) < 1e-4);
    t.deepEqual(momentumOf(top, moved, 'l'), momentumOf(top, plain, 'l'));
  }
});

test('the moved daughter is nearer to where it was than any other that gives the mass', (t) => {
  const representation = chain(pair, 'masses');
  const rng = new Rng(7);
  for (let event = 0; event < 30; event++) {
    const numbers = representation.encode(testTruth(pair, rng.fork(`${event}`), 1), unseen);
    const at = representation.columns.findIndex(({ name }) => name === 'plus.px');
    const target = numbers.map((value, i) => (i === representation.columns.length - 1 ? 91.2 : value));
    const given = [...numbers.slice(at, at + 3)];
    const nearest = distance(given, momentumOf(pair, representation.decode(target, unseen), 'plus'));
    for (let other = 0; other < 50; other++) {
      const from = target.map((value, i) => (i >= at && i < at + 3 ? value + 30 * rng.normal() : value));
      const reached = momentumOf(pair, representation.decode(from, unseen), 'plus');
      t.true(nearest <= distance(given, reached) + 1e-6);
    }
  }
});

test('a mass that is less than those of the daughters moves nothing', (t) => {
  const representation = chain(pair, 'masses');
  const numbers = representation.encode(testTruth(pair, new Rng(8), 1), unseen);
  for (const mass of [-100, 0, 4.8]) {
    const decoded = representation.decode(
      numbers.map((value, i) => (i === numbers.length - 1 ? mass : value)),
      unseen,
    );
    t.deepEqual(momentumOf(pair, decoded, 'plus'), [...numbers.slice(1, 4)]);
  }
});

// The frame of the detector

/** The same events, turned about the beam. */
function turned(spec: EventSpec, partons: Float32Array, observed: Observed, angle: number) {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const rotate = (values: Float32Array, px: number, py: number): void => {
    const [x, y] = [values[px]!, values[py]!];
    values[px] = cosine * x - sine * y;
    values[py] = sine * x + cosine * y;
  };
  const truth = partons.slice();
  for (let at = 0; at < truth.length; at += QUANTITIES.length) rotate(truth, at + 2, at + 3);
  const inputs = Object.entries(spec.inputs).map(([name, { features }]) => {
    const values = observed.inputs[name]!.features.slice();
    const column = (quantity: string) => features.findIndex((feature) => feature.quantity === quantity);
    for (let at = 0; at < values.length; at += features.length) {
      if (column('px') >= 0) rotate(values, at + column('px'), at + column('py'));
      if (column('phi') >= 0) values[at + column('phi')]! += angle;
    }
    return [name, { ...observed.inputs[name]!, features: values }];
  });
  return { truth, observed: { size: observed.size, inputs: Object.fromEntries(inputs) } as Observed };
}

test('in the frame of the detector an event looks the same however it is turned about the beam', (t) => {
  for (const kind of ['paper', 'mass-shell', 'decay-chain'] as const) {
    const { spec } = measuredSetting();
    const representation = framed(kind, spec);
    const [partons, observed] = [testTruth(spec, new Rng(1), 20), testObserved(spec, new Rng(2), 20)];
    const other = turned(spec, partons, observed, 2.1);
    const [numbers, same] = [
      representation.encode(partons, observed),
      representation.encode(other.truth, other.observed),
    ];
    for (const [i, number] of numbers.entries()) t.true(Math.abs(same[i]! - number) < 1e-3 * (1 + Math.abs(number)));
    const [seen, again] = [representation.inputs!(observed), representation.inputs!(other.observed)];
    for (const name of Object.keys(seen))
      for (const [i, value] of seen[name]!.features.entries()) {
        const off = Math.abs(again[name]!.features[i]! - value);
        t.true(Math.min(off, Math.abs(off - 2 * Math.PI)) < 1e-3);
      }
    // Draws of an event stand side by side, and each is turned as its event.
    const twice = Float64Array.from([
      ...numbers.subarray(0, numbers.length / 20),
      ...numbers.subarray(0, numbers.length / 20),
    ]);
    const one = {
      size: 1,
      inputs: Object.fromEntries(
        Object.entries(observed.inputs).map(([name, { features, mask }]) => [
          name,
          { features: features.slice(0, features.length / 20), mask: mask.slice(0, mask.length / 20) },
        ]),
      ),
    };
    const draws = representation.decode(twice, one);
    t.deepEqual(draws.slice(0, draws.length / 2), draws.slice(draws.length / 2));
  }
});

test('a measured particle is described by how it deviates from its object', (t) => {
  const { spec } = measuredSetting();
  const representation = framed('decay-chain', spec);
  const names = representation.columns.map(({ name }) => name);
  t.deepEqual(names.slice(4), ['second.mass', 'second.along', 'second.azimuthal', 'second.polar']);
  t.true(representation.columns.slice(5).every(({ normalScores }) => normalScores === true));
  const observed = testObserved(spec, new Rng(2), 1);
  const features = observed.inputs['objects']!.features.subarray(3 * 6);
  const [pt, eta, phi] = features as unknown as [number, number, number];
  // 1 % more momentum than was measured, 0.02 rad off in azimuth at right angles to the beam, nothing in polar angle.
  const size = 1.01 * pt * Math.cosh(eta);
  const at = (azimuth: number) => [
    Math.cos(azimuth) / Math.cosh(eta),
    Math.sin(azimuth) / Math.cosh(eta),
    Math.tanh(eta),
  ];
  const truth = testTruth(spec, new Rng(1), 1);
  truth.set(
    at(phi).map((component) => size * component),
    7,
  );
  const [along, azimuthal, polar] = representation.encode(truth, observed).subarray(5);
  t.true(Math.abs(along! - 0.01) < 1e-6 && Math.abs(azimuthal!) < 1e-6 && Math.abs(polar!) < 1e-6);
  truth.set(
    at(phi + 0.02).map((component) => size * component),
    7,
  );
  const [, across] = representation.encode(truth, observed).subarray(5);
  t.true(Math.abs(across! - (1.01 * Math.sin(0.02)) / Math.cosh(eta)) < 1e-6);
});

test('the frame of the detector is refused where nothing is measured, or inputs cannot be turned', (t) => {
  const refusal = (spec: EventSpec): string => t.throws(() => framed('paper', spec), { name: 'UserError' }).message;
  t.regex(
    refusal(top),
    /^representation: missing measured particle: topology "test" says of none .*measuredBy.*"laboratory"$/,
  );
  const { spec } = measuredSetting();
  const without = (input: string, name: string): EventSpec => {
    const { features, capacity } = spec.inputs[input]!;
    const left = { capacity, features: features.filter((feature) => feature.name !== name) };
    return { ...spec, inputs: { ...spec.inputs, [input]: left } };
  };
  t.regex(refusal(without('objects', 'eta')), /measuredBy of second: the objects of objects have no feature .* eta/);
  t.regex(refusal(without('missing', 'py')), /invalid features of input missing: .* px and py are both features/);
  const observed = testObserved(spec, new Rng(2), 2);
  observed.inputs['objects']!.features.fill(0);
  const encode = () => framed('paper', spec).encode(testTruth(spec, new Rng(1), 2), observed);
  t.throws(encode, { name: 'UserError', message: /^missing object: event 0 .* measures second \(lepton\)/ });
});

// Scaling

const EVENTS = 500;
const events = (spec: EventSpec, change: (partons: Float32Array) => void = () => {}) => {
  const partons = testTruth(spec, new Rng(9), EVENTS);
  change(partons);
  const objects = Object.entries(spec.inputs).map(([name, { capacity, features }]) => [
    name,
    {
      features: Float32Array.from({ length: EVENTS * capacity * features.length }, (_, i) => i % 7),
      mask: new Float32Array(EVENTS * capacity).fill(1),
    },
  ]);
  return { size: EVENTS, partons, inputs: Object.fromEntries(objects) };
};
const fitted = (spec: EventSpec, representation: Representation, change?: (partons: Float32Array) => void) =>
  fitScaling(eventsInMemory(spec, { train: events(spec, change) }), { representation });

test('a scaling standardises the numbers of the representation, and gives the truth back', async (t) => {
  for (const coordinates of ['momenta', 'masses'] as const) {
    const representation = chain(top, coordinates);
    const scaling = await fitted(top, representation);
    t.is(scaledWidth(scaling), coordinates === 'masses' ? 14 : 12);
    const { partons } = events(top);
    const scaled = scalePartons(scaling, partons, unseen);
    const ofPx = scaled.filter((_, i) => representation.columns[i % scaledWidth(scaling)]!.name === 'b.px');
    t.true(Math.abs(ofPx.reduce((sum, value) => sum + value, 0) / EVENTS) < 1e-5);
    t.true(Math.abs(ofPx.reduce((sum, value) => sum + value ** 2, 0) / EVENTS - 1) < 1e-5);
    const back = unscalePartons(scaling, scaled, unseen);
    for (const [i, value] of partons.entries()) t.true(Math.abs(back[i]! - value) < 1e-3);
  }
});

test('masses of final particles come back as the training events have them, whatever is drawn', async (t) => {
  const scaling = await fitted(top, chain(top));
  const random = Float32Array.from({ length: 100 * scaledWidth(scaling) }, () => 3 * new Rng(1).normal());
  const draws = unscalePartons(scaling, random, unseen);
  const truth = events(top).partons;
  for (let row = 0; row < draws.length; row += 25)
    for (const name of ['b', 'l', 'nu'])
      t.is(quantity(top, draws.subarray(row), name, 'mass'), quantity(top, truth, name, 'mass'));
});

test('a scaling is written with its columns, and read for the same representation alone', async (t) => {
  const [momenta, masses] = [chain(top), chain(top, 'masses')];
  const scaling = await fitted(top, momenta);
  const json = JSON.parse(JSON.stringify(scalingToJson(scaling)));
  t.deepEqual(scalingFromJson(json, 'scaling.json', top, momenta), scaling);
  const message = /^invalid scaling\.json: it is of another representation of the truth: of the 12 columns .*b\.mass/;
  t.throws(() => scalingFromJson(json, 'scaling.json', top, masses), { message });
  t.throws(() => scalingFromJson(json, 'scaling.json', top), { message });
  const { columns: _, ...older } = json;
  t.throws(() => scalingFromJson(older, 'scaling.json', top, momenta), { message: /of the parton vector, where the/ });
});

test('a truth that is not the sum of its daughters is refused by name; a few odd events are not', async (t) => {
  const shifted = (share: number) => (partons: Float32Array) => {
    for (let event = 0; event < share * EVENTS; event++) partons[event * 25 + 2]! += 20;
  };
  await t.throwsAsync(fitted(top, chain(top), shifted(0.1)), {
    name: 'UserError',
    message:
      /^invalid truth: it is not so that t is the sum of b, w, its decaysTo .* in 50 of 500 events, by up to .*paper/,
  });
  await t.notThrowsAsync(fitted(top, chain(top), shifted(0.006)));
});

test('normal scores are refused for a quantity that the representation does not have', async (t) => {
  const source = eventsInMemory(top, { train: events(top) });
  await t.throwsAsync(fitScaling(source, { representation: chain(top), normalScores: ['logE'] }), {
    message: /^invalid scaling\.normalScores: the representation has no logE; expected one of mass, px, py, pz$/,
  });
  const { normalScores } = await fitScaling(source, { representation: chain(top, 'masses'), normalScores: ['mass'] });
  t.deepEqual([...normalScores!.keys()], [0, 4, 8, 12, 13]);
});

test('the consistency loss is left out on an exact mass shell, and refused where it cannot be computed', async (t) => {
  const options = { weight: 0.1, form: 'mae' } as const;
  const term = (scaling: EventScaling) =>
    consistencyTerm(tf.zeros<tf.Rank.R2>([2, scaledWidth(scaling)]), scaling, options);
  const scaling = await fitted(top, chain(top));
  t.deepEqual(term(scaling), {});
  const learned: Representation = {
    ...chain(top),
    massShell: 'learned',
    columns: chain(top).columns,
  } as Representation;
  t.throws(() => term({ ...scaling, representation: learned }), {
    message: /^invalid consistency\.weight: .*set the weight to 0$/,
  });
});

test('the consistency loss goes by the particles that the frame of the detector keeps as they are', async (t) => {
  const { spec } = measuredSetting();
  const observed = testObserved(spec, new Rng(2), EVENTS);
  const train = { ...observed, partons: testTruth(spec, new Rng(3), EVENTS) };
  const scaling = await fitScaling(eventsInMemory(spec, { train }), { representation: framed('paper', spec) });
  const numbers = scalePartons(scaling, train.partons, observed);
  const loss = (values: Float32Array): number =>
    consistencyTerm(tf.tensor2d(values, [EVENTS, 15]), scaling, { weight: 1, form: 'mae' }).consistency!.dataSync()[0]!;
  t.true(loss(numbers) < 1e-5);
  const off = (column: number) => loss(numbers.map((value, i) => (i % 15 === column ? value + 1 : value)));
  t.true(off(1) > 1e-2); // ln E of the first particle
  t.true(Math.abs(off(6) - loss(numbers)) < 1e-7); // that of the measured one
});

test('draws of a model are momenta whose sums are exact, however little it has learned', async (t) => {
  const spec = top;
  const scaling = await fitted(spec, chain(spec, 'masses'));
  class Noise extends Module implements GenerativeModel {
    readonly stages = [];
    posterior() {
      const draw = (rng: Rng, draws = 1) => tf.mul<tf.Tensor2D>(4, rng.normalTensor(2 * draws, scaledWidth(scaling)));
      return { events: 2, draw, dispose: () => {} };
    }
  }
  const { inputs: observed } = events(spec);
  const two = { size: EVENTS, inputs: observed };
  const request = { spec, scaling, events: two, first: 0, draws: 512, rng: new Rng(2) };
  for await (const rows of drawPartons(new Noise(), request)) {
    t.is(rows.length, 2 * 512 * 25);
    for (let row = 0; row < rows.length; row += 25) {
      const [b, w, sum] = ['b', 'w', 't'].map((name) => momentumOf(spec, rows.subarray(row), name));
      t.true(
        distance(
          sum!,
          b!.map((x, i) => x + w![i]!),
        ) < 1e-9,
      );
    }
    break;
  }
});
