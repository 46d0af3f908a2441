import { Hdf5Source, hdf5Options, inspectEvents, samplePath } from '@unfold-zoo/data';
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
  const source = new Hdf5Source(hdf5Options.parse({ train: samplePath() }));
  await source.open();
  const part = await inspectEvents(source, { split: 'validation', maxEvents: 40 });
  t.is(part.inspected, 40);
  t.is(part.split, 'validation');
  t.is(part.inputs[1]!.multiplicity[1], 40);
  t.is((await inspectEvents(samplePath(), { topology: 'semileptonic-ttbar', maxEvents: 3 })).inspected, 3);
  await source.close();
});
