import { isUserError } from '@unfold-zoo/core';
import {
  encodeEvents,
  encodeObservedEvents,
  fileOptions,
  Hdf5Source,
  type RawEvents,
  samplePath,
} from '@unfold-zoo/data';
import test from 'ava';
import { fileOf, sampleEvents, topology } from '../fixtures/data/sample-events.js';
import { observedEvents } from '../runs/tiny-run.js';

type Change = (copy: RawEvents, event: number) => void;

function set(group: string, column: string, value: number, capacity = 1): Change {
  return ({ groups }, event) => groups[group]![column]!.fill(value as never, event * capacity, event * capacity + 1);
}

function setTruth(particle: number, component: number, value: number): Change {
  return ({ momenta }, event) => {
    momenta![(event * 11 + particle) * 5 + component] = value;
  };
}

const REFUSED: readonly (readonly [name: string, change: Change, message: RegExp])[] = [
  ['a lepton of pt -999', set('lepton', 'pt', -999), /\/detector\/lepton\/pt .* has -999, expected .*capacity/],
  ['a lepton of mass -999', set('lepton', 'mass', -999), /\/detector\/lepton\/mass .* has -999, /],
  ['a lepton of eta 999', set('lepton', 'eta', 999), /\/detector\/lepton\/eta .* has 999, expected at most 88/],
  ['a lepton of eta -99', set('lepton', 'eta', -99), /\/detector\/lepton\/eta .* has -99, expected at most 88/],
  ['an eta whose energy overflows', set('lepton', 'eta', 87.9), /\/detector\/lepton\/eta .* does not overflow/],
  ['a lepton of phi -99', set('lepton', 'phi', -99), /\/detector\/lepton\/phi .* has -99, expected radians/],
  ['a jet of pt -5', set('jets', 'pt', -5, 20), /\/detector\/jets\/pt .* has -5, expected 0 or more/],
  ['a jet of mass -3', set('jets', 'mass', -3, 20), /\/detector\/jets\/mass .* has -3, expected 0 or more/],
  ['a jet of mass -1, a fill value', set('jets', 'mass', -1, 20), /\/detector\/jets\/mass .* has -1, /],
  ['a missing momentum that is NaN', set('met', 'met', Number.NaN), /\/detector\/met\/met .* has NaN/],
  ['a truth of -999', setTruth(1, 2, -999), /\/partons\/momenta .* has neutrino px -999, expected a simulated number/],
  ['a mass of -999 in the truth', setTruth(8, 0, -999), /has leptonic_top mass -999, expected a simulated number/],
  ['an energy that no square holds', setTruth(8, 1, 1e18), /has leptonic_top energy .*, expected at most 100000000/],
];

for (const [name, change, message] of REFUSED)
  test(`${name} is refused by file, dataset and event in every split`, async (t) => {
    const raw = structuredClone(await sampleEvents(0, 40));
    change(raw, 23);
    const bad = await fileOf(t, raw);
    const other = await fileOf(t, await sampleEvents(40, 40));
    for (const [split, files] of [
      ['train', { train: bad, validation: other, test: samplePath() }],
      ['validation', { train: other, validation: bad, test: samplePath() }],
      ['test', { train: other, validation: samplePath(), test: bad }],
    ] as const) {
      const source = new Hdf5Source(fileOptions.parse(files));
      await source.open();
      const error = await t.throwsAsync(source.read(split, 0, 40), { message });
      t.true(isUserError(error) && error.message.includes(bad) && error.message.includes('event 23'), error.message);
      await source.close();
    }
  });

test('a mass that rounding has made negative counts as zero where it is log-scaled, and is no mistake', async (t) => {
  const [zero, rounded] = [0, -4.8e-7].map(async (mass) => {
    const raw = structuredClone(await sampleEvents(0, 30));
    set('jets', 'mass', mass, 20)(raw, 12);
    const source = new Hdf5Source(fileOptions.parse({ train: await fileOf(t, raw), validationFraction: 0 }));
    await source.open();
    const events = await source.read('train', 0, 30);
    await source.close();
    return events.inputs;
  });
  t.deepEqual(await rounded, await zero);
});

test('a jet of 500 GeV may have a mass of -0.1 GeV by rounding, one of 20 GeV may not', async (t) => {
  for (const [pt, isGood] of [
    [500, true],
    [20, false],
  ] as const) {
    const raw = structuredClone(await sampleEvents(0, 3));
    for (const change of [set('jets', 'pt', pt, 20), set('jets', 'eta', 0, 20), set('jets', 'mass', -0.1, 20)])
      change(raw, 1);
    const source = new Hdf5Source(fileOptions.parse({ train: await fileOf(t, raw), validationFraction: 0 }));
    await source.open();
    if (isGood) await t.notThrowsAsync(source.read('train', 0, 3));
    else await t.throwsAsync(source.read('train', 0, 3), { message: /event 1 has -0\.1/ });
    await source.close();
  }
});

test('events in memory are checked as those of a file are', async (t) => {
  const [event] = await observedEvents(samplePath(), 1);
  const lepton = event!['lepton'] as Readonly<Record<string, number>>;
  const [jet, ...jets] = event!['jets'] as readonly Readonly<Record<string, number>>[];
  const refuses = (changed: unknown, message: RegExp): void => {
    t.throws(() => encodeObservedEvents(topology, [event, changed]), { name: 'UserError', message });
  };
  refuses({ ...event, lepton: { ...lepton, eta: 999 } }, /^invalid lepton\.eta of event 1: 999, expected at most 88/);
  refuses({ ...event, lepton: { ...lepton, pt: -999 } }, /^invalid lepton\.pt of event 1: -999, expected a measured/);
  refuses({ ...event, jets: [...jets, { ...jet, mass: -7 }] }, /^invalid jets\[\d+\]\.mass of event 1: -7, expected 0/);
  const rounded = encodeObservedEvents(topology, [{ ...event, jets: [{ ...jet, mass: -4.8e-7 }] }]);
  const zero = encodeObservedEvents(topology, [{ ...event, jets: [{ ...jet, mass: 0 }] }]);
  t.deepEqual(rounded, zero);
});

test('a lepton that may be missing is a set of at most one', async (t) => {
  const raw = await sampleEvents(0, 20);
  const objects = topology.inputs['objects']!;
  const groups = objects.groups.map((group) => (group.name === 'lepton' ? { ...group, capacity: 1 } : group));
  const optional = { ...topology, inputs: { ...topology.inputs, objects: { ...objects, groups } } };
  const lengths = Uint8Array.from({ length: 20 }, (_, event) => (event === 4 ? 0 : 1));
  const lepton = { ...raw.groups['lepton']!, lengths };
  const { mask } = encodeEvents(optional, { ...raw, groups: { ...raw.groups, lepton } }).inputs['objects']!;
  const count = (event: number): number => mask.subarray(event * 21, (event + 1) * 21).reduce((sum, one) => sum + one);
  const jets = raw.groups['jets']!['lengths']!;
  t.deepEqual(
    [3, 4].map((event) => count(event) - Number(jets[event])),
    [1, 0],
  );
});
