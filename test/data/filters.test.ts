import { join } from 'node:path';
import { EventFile, type RawEvents } from '@unfold-zoo/data';
import test from 'ava';
import { File, type Group } from 'h5wasm/node';
import { same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

// Registered numbers of filters that h5py and PyTables write with the help of others, and what these are told.
const FILTERS = {
  bzip2: [307, [9]],
  lz4: [32_004, [0]],
  zstd: [32_015, [3]],
};

function write(path: string, raw: RawEvents, [compression, compression_opts]: readonly [number, number[]]): void {
  const file = new File(path, 'w');
  const add = (group: Group, name: string, data: Float32Array, row: number[]): void => {
    const shape = [raw.size, ...row];
    group.create_dataset({ name, data, shape, chunks: shape, compression, compression_opts });
  };
  add(file.create_group('partons'), 'momenta', raw.momenta!, [11, 5]);
  const detector = file.create_group('detector');
  for (const [name, columns] of Object.entries(raw.groups)) {
    const group = detector.create_group(name);
    for (const [column, values] of Object.entries(columns))
      add(group, column, Float32Array.from(values as Float32Array), values.length > raw.size ? [20] : []);
  }
  file.close();
}

for (const [name, filter] of Object.entries(FILTERS)) {
  test(`events that are compressed with ${name} are read`, async (t) => {
    const raw = await sampleEvents(0, 50); // Reading them has loaded the filters, which writing needs too.
    const path = join(temporaryFolder(t), 'events.h5');
    write(path, raw, filter as [number, number[]]);
    const file = await EventFile.open(path, topology);
    const { momenta, groups } = file.read(0, 50);
    file.close();
    t.true(same(momenta, raw.momenta));
    t.true(same(groups['jets']!['pt'], Float32Array.from(raw.groups['jets']!['pt'] as Float32Array)));
  });
}
