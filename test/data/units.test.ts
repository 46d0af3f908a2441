import { join } from 'node:path';
import { fileOptions, Hdf5Source, type RawEvents, samplePath, writeEvents } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

/** Momenta in other units than GeV, angles in other units than radians. */
function inUnits({ groups, momenta, ...raw }: RawEvents, perGeV: number, perRadian = 1): RawEvents {
  const scaled = (values: ArrayLike<number>, factor: number) => Float64Array.from(values, (value) => factor * value);
  const factors: Readonly<Record<string, number>> = { pt: perGeV, mass: perGeV, met: perGeV, phi: perRadian };
  const changed = Object.entries(groups).map(([group, columns]) => [
    group,
    Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [
        name,
        name in factors ? scaled(values as Float32Array, factors[name]!) : values,
      ]),
    ),
  ]);
  return {
    ...raw,
    momenta: Float32Array.from(momenta!, (value) => perGeV * value),
    groups: Object.fromEntries(changed),
  };
}

async function sourceOf(t: ExecutionContext, raw: RawEvents, attributes: Record<string, string>): Promise<Hdf5Source> {
  const path = join(temporaryFolder(t), 'events.h5');
  await writeEvents(path, topology, [raw], attributes);
  const source = new Hdf5Source(fileOptions.parse({ train: path, validationFraction: 0 }));
  t.teardown(() => source.close());
  await source.open();
  return source;
}

/** `writeEvents` says of the truth that it is in GeV, whatever it holds: these events have their truth left in GeV. */
function detectorInUnits(raw: RawEvents, perGeV: number, perRadian = 1): RawEvents {
  return { ...inUnits(raw, perGeV, perRadian), momenta: raw.momenta! };
}

for (const [units, perGeV, perRadian] of [
  ['MeV', 1e3, 1],
  ['TeV/c^2', 1e-3, 1],
  ['MeV, degrees', 1e3, 180 / Math.PI],
] as const)
  test(`a file whose attribute says ${units} is read in GeV and radians`, async (t) => {
    const raw = await sampleEvents(0, 50);
    const expected = await (await sourceOf(t, raw, { units: 'GeV' })).read('train', 0, 50);
    const found = await (await sourceOf(t, detectorInUnits(raw, perGeV, perRadian), { units })).read('train', 0, 50);
    // Single precision of the file and of what is read.
    for (const [name, { features }] of Object.entries(expected.inputs))
      for (const [i, value] of features.entries())
        t.true(Math.abs(found.inputs[name]!.features[i]! - value) <= 1e-6 * (1 + Math.abs(value)), `${name} ${i}`);
  });

test('units that cannot be converted are refused by their file', async (t) => {
  await t.throwsAsync(sourceOf(t, await sampleEvents(0, 10), { units: 'furlong' }), {
    name: 'UserError',
    message: /^invalid units of .*events\.h5: "furlong", expected eV, keV, MeV, GeV, TeV or PeV; rad or deg$/,
  });
});

test('events that look like MeV and do not say what they are in get a warning with the column', async (t) => {
  const path = join(temporaryFolder(t), 'events.h5');
  const raw = await sampleEvents(0, 200);
  const { momenta, ...detector } = inUnits(raw, 1e3);
  // Without a truth nothing says the units: the file is as a test file of collision data.
  await writeEvents(path, topology, [detector]);
  t.truthy(momenta);
  const source = new Hdf5Source(fileOptions.parse({ train: samplePath(), test: path }));
  await source.open();
  t.regex(source.warnings.join(), /median of objects\.mass in .*events\.h5 is \d\.\d+e\+3 GeV: .*MeV/);
  await source.close();
});
