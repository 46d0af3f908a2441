import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventFile, loadTopology, type RawEvents, samplePath, writeEvents } from '@unfold-zoo/data';
import { compareWithData, writeComparison } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder } from './tiny-run.js';

const topology = loadTopology('semileptonic-ttbar');
const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

/** Events of the sample in a file, without their truth if told, with columns of the objects changed. */
async function fileOf(name: string, [start, count]: readonly [number, number], change?: (raw: RawEvents) => RawEvents) {
  const path = join(folder, name);
  const file = await EventFile.open(samplePath(), topology);
  const raw = file.read(start, count);
  file.close();
  await writeEvents(path, topology, [change?.(raw) ?? raw]);
  return path;
}

function scaledJets(raw: RawEvents, factor: number): RawEvents {
  const { jets, ...others } = raw.groups;
  const pt = (jets!['pt'] as Float32Array).map((value) => factor * value);
  return { ...raw, groups: { ...others, jets: { ...jets!, pt } } };
}

test.serial('data of the population of the simulation are like it, and data of another scale are not', async (t) => {
  const simulation = await fileOf('simulation.h5', [0, 2000]);
  const like = await compareWithData(simulation, await fileOf('like.h5', [2000, 1000]));
  t.deepEqual(like.warnings, []);
  t.deepEqual(like.events, { simulation: 2000, data: 1000 });
  // Of 17 numbers the least likely is below a thousandth in 2 of 100 samples; this one is not of these.
  t.true(like.features[0]!.probability > 1e-3);
  t.true(like.features.some(({ name }) => name === 'number of objects'));

  const data = await fileOf('scaled.h5', [2000, 1000], ({ momenta: _, ...raw }) => scaledJets(raw, 1.3));
  const unlike = await compareWithData(simulation, data);
  t.true(unlike.features[0]!.probability < 1e-6);
  t.true(unlike.features.findIndex(({ name }) => name === 'objects.pt') < 3);
  t.regex(unlike.warnings.join(), /the data are unlike the simulation/);

  const out = join(folder, 'page');
  const paths = writeComparison(out, unlike);
  t.true(paths.every((path) => existsSync(path)));
  t.is(paths.filter((path) => path.endsWith('.svg')).length, unlike.features.length);
  t.notRegex(readFileSync(join(out, 'index.html'), 'utf8'), /NaN|Infinity/);
  t.throws(() => writeComparison(out, { ...unlike, data: join(out, 'index.html') }), { message: /index\.html/ });
});

test.serial('events of weight 2 count as two of weight 1', async (t) => {
  const simulation = await fileOf('simulation-2.h5', [0, 300]);
  const data = await fileOf('weighted.h5', [300, 300], (raw) => {
    return { ...raw, weights: Float32Array.from({ length: 300 }, (_, event) => (event < 150 ? 2 : 1)) };
  });
  const twice = await fileOf('twice.h5', [300, 300], (raw) => joined(raw, 150));
  const [weighted, repeated] = [await compareWithData(simulation, data), await compareWithData(simulation, twice)];
  const distances = ({ features }: typeof weighted) => new Map(features.map(({ name, distance }) => [name, distance]));
  for (const [name, distance] of distances(weighted))
    t.true(Math.abs(distance - distances(repeated).get(name)!) < 1e-9, name);
});

/** The events with the first `count` of them once more. */
function joined(raw: RawEvents, count: number): RawEvents {
  const longer = <T extends ArrayLike<number> | ArrayLike<bigint>>(values: T): T => {
    const array = values as unknown as Float32Array;
    const all = new (array.constructor as Float32ArrayConstructor)(array.length + (array.length * count) / raw.size);
    all.set(array);
    all.set(array.subarray(0, (array.length * count) / raw.size), array.length);
    return all as unknown as T;
  };
  const groups = Object.entries(raw.groups).map(([group, columns]) => [
    group,
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, longer(values as Float32Array)])),
  ]);
  return { size: raw.size + count, momenta: longer(raw.momenta!), groups: Object.fromEntries(groups) };
}
