import { encodeEvents, eventSpec } from '@unfold-zoo/data';
import test from 'ava';
import { sampleEvents, topology } from '../fixtures/data/sample-events.js';

const { features } = eventSpec(topology).inputs['objects']!;
const place = (name: string): number => features.findIndex((feature) => feature.name === name);
const raw = await sampleEvents(0, 200);
const events = encodeEvents(topology, raw);
const objects = events.inputs['objects']!;
const of = (name: string, slot: number): number => objects.features[slot * features.length + place(name)]!;
const slots = [...objects.mask.keys()].filter((slot) => objects.mask[slot] === 1);

// Two roundings to float32 of numbers whose difference may be far smaller than they are.
const ROUNDING = 4 * 2 ** -24;

test('energy and momentum of an object are on its mass shell', (t) => {
  for (const slot of slots) {
    const [mass, energy] = [of('mass', slot), of('energy', slot)];
    const momentum = Math.hypot(of('px', slot), of('py', slot), of('pz', slot));
    t.true(Math.abs(energy ** 2 - momentum ** 2 - mass ** 2) <= ROUNDING * energy ** 2);
  }
});

test('pt, phi and eta of an object are those of its momentum', (t) => {
  for (const slot of slots) {
    const [px, py, pz] = [of('px', slot), of('py', slot), of('pz', slot)];
    t.true(Math.abs(Math.hypot(px, py) / of('pt', slot) - 1) < ROUNDING);
    t.true(Math.abs(Math.sin(Math.atan2(py, px) - of('phi', slot))) < 2 * ROUNDING);
    t.true(Math.abs(Math.asinh(pz / of('pt', slot)) - of('eta', slot)) < 4 * ROUNDING);
  }
});

test('every object is of exactly one class, and every event has one lepton', (t) => {
  const classes = ['muon', 'electron', 'b_jet', 'non_b_jet'];
  const leptons = new Array<number>(events.size).fill(0);
  for (const slot of slots) {
    t.is(
      classes.reduce((sum, name) => sum + of(name, slot), 0),
      1,
    );
    leptons[Math.floor(slot / 21)]! += of('muon', slot) + of('electron', slot);
  }
  t.deepEqual(leptons, new Array<number>(events.size).fill(1));
});

test('objects come without gaps, jets in their order and the lepton last; padding is zero', (t) => {
  for (let event = 0; event < events.size; event++) {
    const jets = Number(raw.groups['jets']!['lengths']![event]);
    const mask = [...objects.mask.subarray(21 * event, 21 * (event + 1))];
    t.deepEqual(
      mask,
      Array.from({ length: 21 }, (_, i) => (i <= jets ? 1 : 0)),
    );
    for (let i = 0; i < jets; i++) t.is(of('pt', 21 * event + i), Number(raw.groups['jets']!['pt']![20 * event + i]));
    t.is(of('pt', 21 * event + jets), Number(raw.groups['lepton']!['pt']![event]));
    const padding = objects.features.subarray((21 * event + jets + 1) * 12, 21 * (event + 1) * 12);
    t.true(padding.every((value) => value === 0));
  }
});

test('partons keep mass and momentum and have the logarithm of the energy', (t) => {
  for (const [i, value] of raw.momenta!.entries()) {
    t.is(events.partons![i], i % 5 === 1 ? Math.fround(Math.log(value)) : value);
  }
});

test('missing transverse energy is one object with its components', (t) => {
  const met = events.inputs['met']!;
  t.true(met.mask.every((value) => value === 1));
  const [size, , px, py] = met.features;
  t.is(size, Number(raw.groups['met']!['met']![0]));
  t.true(Math.abs(Math.hypot(px!, py!) / size! - 1) < ROUNDING);
});

test('the truth of the sample closes: W = l + nu, t = b + W, tt = t + t', (t) => {
  const row = (name: string, event: number): number[] => {
    const particle = topology.particles.findIndex((each) => each.name === name);
    return [...raw.momenta!.subarray((event * 11 + particle) * 5, (event * 11 + particle + 1) * 5)].slice(1);
  };
  const decays = [
    ['leptonic_W', 'charged_lepton', 'neutrino'],
    ['hadronic_W', 'hadronic_q1', 'hadronic_q2'],
    ['leptonic_top', 'leptonic_b', 'leptonic_W'],
    ['hadronic_top', 'hadronic_b', 'hadronic_W'],
    ['ttbar', 'leptonic_top', 'hadronic_top'],
  ] as const;
  for (let event = 0; event < raw.size; event++) {
    for (const [mother, ...daughters] of decays) {
      const energy = row(mother, event)[0]!;
      for (const [i, component] of row(mother, event).entries()) {
        const sum = daughters.reduce((total, daughter) => total + row(daughter, event)[i]!, 0);
        t.true(Math.abs(sum - component) <= ROUNDING * energy, `${mother} of event ${event}`);
      }
    }
  }
});
