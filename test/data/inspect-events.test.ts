import { type EventSource, type EventSpec, type HostEvents, Rng } from '@unfold-zoo/core';
import { fileOptions, Hdf5Source, inspectEvents, samplePath } from '@unfold-zoo/data';
import test from 'ava';
import { fileOf, sampleEvents } from '../fixtures/data/sample-events.js';

const summary = await inspectEvents(samplePath());

test('the sample has the masses and multiplicities of top pairs', (t) => {
  t.deepEqual(summary.counts, { train: 3000, validation: 0, test: 0 });
  const [mass] = summary.particles.find(({ name }) => name === 'hadronic_top')!.quantities;
  // 3,000 Breit-Wigners of 1.49 GeV cut at 15 widths, standard deviation 3.3 GeV: the mean is known to 0.06 GeV.
  t.true(Math.abs(mass!.mean! - 173.05) < 0.3);
  t.true(mass!.min! > 150.63 - 1e-3 && mass!.max! < 195.37 + 1e-3);
  const objects = summary.inputs.find(({ name }) => name === 'objects')!;
  t.is(
    objects.multiplicity.slice(0, 5).reduce((sum, count) => sum + count, 0),
    0,
  ); // At least four jets and a lepton.
  t.is(
    objects.multiplicity.reduce((sum, count) => sum + count, 0),
    3000,
  );
  const pt = objects.features.find(({ name }) => name === 'pt')!;
  t.true(pt.min! > 25);
});

test('events without truth are described by what the detector saw', async (t) => {
  const { momenta: _, ...observed } = await sampleEvents(0, 40);
  const { hasTruth, particles, inputs, counts } = await inspectEvents(await fileOf(t, observed));
  t.false(hasTruth);
  t.is(counts.train, 40);
  t.true(particles.every(({ quantities }) => quantities.every(({ min, max, mean }) => !min && !max && !mean)));
  t.is(inputs[0]!.features.find(({ name }) => name === 'pt')!.min! > 0, true);
});

test('energies that contradict mass and momentum are told of, by the particle', async (t) => {
  t.deepEqual(summary.warnings, []);
  const events = await sampleEvents(0, 40);
  // Mass, energy, momentum of eleven particles: the energy of the first is 2 % too large in every other event.
  const momenta = events.momenta!.map((value, i) => (i % 55 === 1 && i % 110 === 1 ? 1.02 * value : value));
  const { warnings } = await inspectEvents(await fileOf(t, { ...events, momenta }));
  t.is(warnings.length, 1);
  t.true(warnings[0]!.startsWith(`E^2 is not p^2 + m^2 for ${summary.particles[0]!.name} in 50 % of the events`));
});

test('fractions of classes add up to one', (t) => {
  const { features } = summary.inputs[0]!;
  const classes = features.filter(({ name }) => ['muon', 'electron', 'b_jet', 'non_b_jet'].includes(name));
  t.true(Math.abs(classes.reduce((sum, { mean }) => sum + mean!, 0) - 1) < 1e-12);
});

test('the fill of an input is its mean multiplicity over its capacity', (t) => {
  const { multiplicity, capacity, fill } = summary.inputs[0]!;
  const objects = multiplicity.reduce((sum, count, n) => sum + n * count, 0);
  t.is(fill, objects / (3000 * capacity));
});

test('a histogram loses nothing: bins, below and above add up', (t) => {
  const { multiplicity } = summary.inputs[0]!;
  for (const { name, edges, counts, below, above } of summary.histograms) {
    t.is(edges.length, counts.length + 1, name);
    t.true(
      edges.every((edge, i) => i === 0 || edge > edges[i - 1]!),
      name,
    );
    const total = below + above + counts.reduce((sum, count) => sum + count, 0);
    if (name.endsWith('mass') && name.includes(' t ')) t.is(total, 3000);
    if (name === 'objects multiplicity') t.deepEqual(counts, multiplicity);
  }
  const names = summary.histograms.map(({ name }) => name);
  for (const name of ['Leptonic W mass', 'tt̄ System mass', 'b_jet pt', 'met']) t.true(names.includes(name), name);
  t.false(names.includes('Leptonic b mass'));
});

test('the histograms that a topology names are there, and they are drawn in its order', (t) => {
  t.deepEqual(summary.terminal, ['leptonic_W.mass', 'hadronic_top.mass', 'objects.multiplicity']);
  const keys = summary.histograms.map(({ key }) => key);
  for (const key of summary.terminal) t.is(keys.filter((each) => each === key).length, 1, key);
});

test('a topology that names no histograms has a few masses and every multiplicity, by its own names', async (t) => {
  const { terminal, histograms } = await inspectEvents(inventedEvents(undefined));
  t.deepEqual(terminal, ['grue.mass', 'wumpus.mass', 'snark.mass', 'footprints.multiplicity']);
  t.false(histograms.some(({ key }) => key === 'grue.px'));
});

test('a named histogram is made though it is not one of the usual', async (t) => {
  const named = ['grue.px', 'footprints.depth'];
  const { terminal, histograms } = await inspectEvents(inventedEvents(named));
  t.deepEqual(terminal, named);
  const [px, depth] = named.map((key) => histograms.find((each) => each.key === key)!);
  t.is(px!.name, 'A grue px');
  t.is(
    depth!.counts.reduce((sum, count) => sum + count, depth!.below + depth!.above),
    2 * 64,
  );
});

/** 64 events of four invented particles, two footprints each. */
function inventedEvents(terminal: readonly string[] | undefined): EventSource {
  const rng = new Rng(6);
  const spec: EventSpec = {
    name: 'cave',
    particles: ['grue', 'wumpus', 'snark', 'boojum'].map((name) => ({ name, label: `A ${name}` })),
    inputs: { footprints: { features: [{ name: 'depth', unit: 'cm', scaling: 'standard' }], capacity: 2 } },
    ...(terminal && { figures: { terminal } }),
  };
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => rng.normal());
  const read = async (): Promise<HostEvents> => ({
    size: 64,
    partons: numbers(64 * 20),
    inputs: { footprints: { features: numbers(2 * 64), mask: new Float32Array(2 * 64).fill(1) } },
  });
  return {
    spec,
    blockSize: 64,
    open: async () => {},
    close: async () => {},
    hasTruth: () => true,
    count: () => 64,
    read,
  };
}

test('a summary is fit for JSON', (t) => {
  t.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
});

test('weights are summed up', async (t) => {
  const weights = Float32Array.of(1, 1, 1, -1, 2);
  const { weights: found, particles } = await inspectEvents(
    await fileOf(t, { ...(await sampleEvents(0, 5)), weights }),
  );
  t.like(found, { min: -1, max: 2, negative: 1, mean: 0.8, effective: 2 }); // 4^2 / 8
  t.is(particles[0]!.quantities[0]!.standardDeviation, 0);
  t.is(summary.weights, null);
});

test('a split and a number of events can be chosen', async (t) => {
  const source = new Hdf5Source(fileOptions.parse({ train: samplePath() }));
  await source.open();
  const part = await inspectEvents(source, { split: 'validation', maxEvents: 40 });
  t.is(part.inspected, 40);
  t.is(part.split, 'validation');
  t.is(part.inputs[1]!.multiplicity[1], 40);
  t.is((await inspectEvents(samplePath(), { topology: 'semileptonic-ttbar', maxEvents: 3 })).inspected, 3);
  await source.close();
});
