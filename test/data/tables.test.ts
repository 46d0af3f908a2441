import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { isUserError } from '@unfold-zoo/core';
import { type ColumnBlock, fileFormats, type TableFile } from '@unfold-zoo/data';
import test from 'ava';
import { parquetWriteFile } from 'hyparquet-writer';

// Seven events that NumPy, pyarrow, pandas and h5py wrote; see make_files.py beside them.
const fixtures = fileURLToPath(new URL('../../fixtures/tables/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'unfold-tables-'));
process.env['XDG_CACHE_HOME'] = join(work, 'cache');
test.after.always(() => rmSync(work, { recursive: true, force: true }));

function open(file: string, folder = fixtures): Promise<TableFile> {
  const format = fileFormats.find(({ extensions }) => extensions.some((end) => file.endsWith(end)))!;
  return format.open(join(folder, file));
}

async function read(file: string, columns: readonly string[], start = 0, count = 7): Promise<number[][]> {
  const table = await open(file);
  try {
    const blocks = await table.read(columns, start, count);
    return columns.map((name) => Array.from(blocks.get(name)!.values as ArrayLike<number>, Number));
  } finally {
    await table.close();
  }
}

async function described(file: string): Promise<Pick<TableFile, 'columns' | 'notes'>> {
  const table = await open(file);
  await table.close();
  return table;
}

const events = [0, 1, 2, 3, 4, 5, 6];
const jetsOf = (i: number): number[] => Array.from({ length: i % 4 }, (_, j) => j);
const met = events.map((i) => 10 + i);
const weight = events.map((i) => 1 + i / 8);
const number = events.map((i) => 2 ** 40 + i);
const pt = (i: number, j: number): number => 30 + 10 * i - j;
const eta = (i: number, j: number): number => i / 8 - j / 4;
const padded = (value: (i: number, j: number) => number, fill: number): number[] =>
  events.flatMap((i) => [0, 1, 2].map((j) => (j < i % 4 ? value(i, j) : fill)));
const lists = (value: (i: number, j: number) => number): number[] =>
  events.flatMap((i) => jetsOf(i).map((j) => value(i, j)));

for (const codec of ['none', 'snappy', 'gzip', 'zstd', 'lz4', 'brotli']) {
  test(`Parquet compressed by ${codec}: numbers, lists and fields of records are read as they were`, async (t) => {
    const names = ['met', 'weight', 'number', 'jets_pt', 'jets_eta', 'jets_btag', 'jets.pt', 'jets.eta'];
    const file = `${codec}.parquet`;
    const btag = lists((_, j) => j % 2);
    const whole = [met, weight, number, lists(pt), lists(eta), btag, lists(pt), lists(eta)];
    t.deepEqual(await read(file, names), whole);
    // Rows 2 to 5 are of two row groups.
    const [someMet, somePt] = await read(file, ['met', 'jets.pt'], 2, 3);
    t.deepEqual(someMet, [12, 13, 14]);
    t.deepEqual(
      somePt,
      [2, 3, 4].flatMap((i) => jetsOf(i).map((j) => pt(i, j))),
    );
  });
}

test('pages of Parquet that are smaller than a row group are read by any range of rows', async (t) => {
  const rows = Array.from({ length: 400 }, (_, i) => i);
  const lists = rows.map((i) =>
    i % 7 === 3 ? null : Array.from({ length: i % 5 }, (_, j) => (j === 3 ? null : i + j / 8)),
  );
  const columns = {
    even: rows.map((i) => i / 4),
    holes: rows.map((i) => (i % 3 === 0 ? null : i)),
    few: rows.map((i) => i % 4),
    yes: rows.map((i) => i % 11 === 0),
    lists,
  };
  const element = (name: string) => columns[name as keyof typeof columns];
  const types = { even: 'FLOAT', holes: 'DOUBLE', few: 'INT32', yes: 'BOOLEAN' } as const;
  const filename = join(work, 'pages.parquet');
  parquetWriteFile({
    filename,
    columnData: Object.keys(columns).map((name) => ({ name, data: element(name) })),
    schema: [
      { name: 'root', num_children: 5 },
      ...Object.entries(types).map(([name, type]) => ({ name, type, repetition_type: 'OPTIONAL' as const })),
      { name: 'lists', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', type: 'FLOAT' },
    ],
    rowGroupSize: 150,
    pageSize: 100,
  });
  const names = ['even', 'holes', 'few', 'yes', 'lists.element'];
  const table = await open('pages.parquet', work);
  t.teardown(() => table.close());
  const wanted = (name: string, start: number, end: number): number[] =>
    (name === 'lists.element'
      ? lists.slice(start, end).flatMap((each) => each ?? [])
      : element(name)!.slice(start, end)
    ).map((value) => (value === null ? Number.NaN : Number(value)));
  const found = table.columns.map(({ name }) => name);
  for (const [start, end] of [
    [390, 400],
    [0, 400],
    [17, 18],
    [140, 320],
    [3, 4],
  ] as const) {
    const blocks = await table.read(found, start, end - start);
    for (const [i, name] of names.entries()) {
      const { values, counts } = blocks.get(found[i]!)!;
      t.deepEqual(Array.from(values as ArrayLike<number>, Number), wanted(name, start, end), `${name} ${start}`);
      if (counts)
        t.deepEqual(
          [...counts],
          lists.slice(start, end).map((each) => each?.length ?? 0),
        );
    }
  }
});

test('blocks of Parquet stay as they were, whatever is read after or beside them', async (t) => {
  // What repeats after one byte, after four, after many, and never: all that Snappy writes.
  const rows = Array.from({ length: 3000 }, (_, i) => i);
  const columns = {
    same: Float64Array.from(rows, () => 0x0101),
    steps: Float32Array.from(rows, (i) => Math.floor(i / 40)),
    period: Float32Array.from(rows, (i) => Math.sin(i % 300)),
    noise: Float32Array.from(rows, (i) => Math.sin(i * i)),
    small: Int32Array.from(rows, (i) => (i * i) % 1000),
  };
  const types = { same: 'DOUBLE', steps: 'FLOAT', period: 'FLOAT', noise: 'FLOAT', small: 'INT32' } as const;
  const names = Object.keys(columns) as (keyof typeof columns)[];
  parquetWriteFile({
    filename: join(work, 'repeats.parquet'),
    columnData: names.map((name) => ({ name, data: columns[name], type: types[name], encoding: 'PLAIN' })),
    rowGroupSize: 2000,
    pageSize: 1500,
  });
  const tables = await Promise.all([0, 1].map(() => open('repeats.parquet', work)));
  t.teardown(() => Promise.all(tables.map((table) => table.close())));
  const starts = Array.from({ length: 30 }, (_, i) => 100 * i);
  const blocks = await Promise.all(starts.flatMap((start) => tables.map((table) => table.read(names, start, 100))));
  for (const [i, block] of blocks.entries()) {
    const start = starts[Math.floor(i / 2)]!;
    for (const name of names)
      t.deepEqual([...block.get(name)!.values], [...columns[name].subarray(start, start + 100)], `${name} ${start}`);
  }
});

test('blocks of Parquet that are given back change no others, and what is read after them is right', async (t) => {
  const rows = Array.from({ length: 600 }, (_, i) => i);
  const lists = rows.map((i) => Array.from({ length: i % 4 }, (_, j) => i + j / 4));
  // One page is of nulls and numbers, which is read as doubles; those beside it are not.
  const some = rows.map((i) => (i > 200 && i < 260 ? null : i / 2));
  parquetWriteFile({
    filename: join(work, 'given-back.parquet'),
    columnData: [
      { name: 'some', data: some },
      { name: 'lists', data: lists },
    ],
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'some', type: 'FLOAT', repetition_type: 'OPTIONAL' },
      { name: 'lists', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', type: 'FLOAT' },
    ],
    rowGroupSize: 250,
    pageSize: 200,
  });
  const table = await open('given-back.parquet', work);
  t.teardown(() => table.close());
  const names = table.columns.map(({ name }) => name);
  const isRight = (blocks: ReadonlyMap<string, ColumnBlock>, start: number, end: number): void => {
    const [numbers, entries] = names.map((name) => blocks.get(name)!) as [ColumnBlock, ColumnBlock];
    t.deepEqual(
      Array.from(numbers.values as ArrayLike<number>, Number),
      some.slice(start, end).map((value) => value ?? Number.NaN),
    );
    t.deepEqual(Array.from(entries.values as ArrayLike<number>, Number), lists.slice(start, end).flat());
    t.deepEqual(
      [...entries.counts!],
      lists.slice(start, end).map(({ length }) => length),
    );
  };
  const kept = await table.read(names, 130, 200);
  for (let pass = 0; pass < 2; pass++)
    for (let start = 0; start < 600; start += 60) {
      const blocks = await table.read(names, start, 60);
      isRight(blocks, start, start + 60);
      for (const block of [...blocks.values(), ...blocks.values()]) table.giveBack!(block);
    }
  isRight(kept, 130, 330);
});

test('a Parquet file larger than what is kept of it is read in order, and anew, with the same numbers', async (t) => {
  const count = 4_400_000; // of 8 bytes
  const numbers = Float64Array.from({ length: count }, (_, i) => i / 8);
  const whole = Int32Array.from({ length: count }, (_, i) => i % 1000);
  parquetWriteFile({
    filename: join(work, 'large.parquet'),
    columnData: [
      { name: 'numbers', data: numbers, type: 'DOUBLE', encoding: 'PLAIN' },
      { name: 'whole', data: whole, type: 'INT32', encoding: 'PLAIN' },
    ],
    rowGroupSize: 1_500_000,
    pageSize: 150_000,
    codec: 'UNCOMPRESSED',
  });
  const table = await open('large.parquet', work);
  t.teardown(() => table.close());
  const isRight = async (start: number, end: number): Promise<boolean> => {
    const blocks = await table.read(['numbers', 'whole'], start, end - start);
    const [found, foundWhole] = [blocks.get('numbers')!.values, blocks.get('whole')!.values];
    const right =
      found.length === end - start &&
      found.every((value: number | bigint, i: number) => value === (start + i) / 8) &&
      foundWhole.every((value: number | bigint, i: number) => value === (start + i) % 1000);
    for (const block of blocks.values()) table.giveBack!(block);
    return right;
  };
  for (let start = 0; start < count; start += 40_000) t.true(await isRight(start, Math.min(start + 40_000, count)));
  for (const start of [4_399_990, 0, 2_999_995, 1_499_999]) t.true(await isRight(start, Math.min(start + 50, count)));
});

test('a column of Parquet that is null throughout is read from pages of no bytes', async (t) => {
  parquetWriteFile({
    filename: join(work, 'nulls.parquet'),
    columnData: [{ name: 'none', data: [null, null, null], type: 'FLOAT', encoding: 'PLAIN' }],
    codec: 'LZ4_RAW',
    compressors: { LZ4_RAW: () => new Uint8Array(1) }, // an empty block
  });
  const table = await open('nulls.parquet', work);
  t.teardown(() => table.close());
  t.deepEqual([...(await table.read(['none'], 0, 3)).get('none')!.values], [Number.NaN, Number.NaN, Number.NaN]);
});

test('columns of Parquet are told with type and shape, and text with why it cannot be read', async (t) => {
  const { columns } = await described('none.parquet');
  const shown = columns.map(({ name, type, shape, problem }) => [name, type, ...shape, ...(problem ? ['!'] : [])]);
  t.deepEqual(shown.slice(3), [
    ['jets_pt', 'float32', 'jagged'],
    ['jets_eta', 'float64', 'jagged'],
    ['jets_btag', 'bool', 'jagged'],
    ['jets.pt', 'float32', 'jagged'],
    ['jets.eta', 'float64', 'jagged'],
    ['label', 'text', '!'],
  ]);
});

for (const file of ['stored.npz', 'compressed.npz', 'fortran.npz', 'big-endian.npz']) {
  test(`${file}: arrays are read by ranges`, async (t) => {
    const names = ['met', 'weight', 'number', 'pt', 'eta', 'mask'];
    const mask = padded(() => 1, 0);
    t.deepEqual(await read(file, names), [met, weight, number, padded(pt, 0), padded(eta, -999), mask]);
    t.deepEqual((await read(file, ['pt'], 5, 2))[0], padded(pt, 0).slice(15));
    if (file === 'big-endian.npz') return;
    const triples = events.flatMap((i) => [0, 1, 2].flatMap((j) => (j < i % 4 ? [pt(i, j), eta(i, j), 1] : [0, 0, 0])));
    t.deepEqual((await read(file, ['jets']))[0], triples);
    t.deepEqual((await read(file, ['jets'], 3, 1))[0], triples.slice(27, 36));
  });
}

test('compressed members are unpacked once, which is told', async (t) => {
  const { notes } = await described('compressed.npz');
  t.regex(notes!.join(), /compressed\.npz is compressed: jets, met, .* lie unpacked in .*unfold-zoo/);
  t.deepEqual((await described('stored.npz')).notes, []);
});

test('a .npy file has one column, or one for each field of its records', async (t) => {
  t.deepEqual((await described('plain.npy')).columns[0]!.shape, [3, 3]);
  t.deepEqual(await read('records.npy', ['met', 'pt', 'number'], 0, 7), [met, padded(pt, 0), number]);
  const { columns } = await described('records.npy');
  t.regex(columns.find(({ name }) => name === 'name')!.problem!, /it holds text/);
});

test('datasets of HDF5 are columns by their paths, and those of data frames of pandas by their names', async (t) => {
  const spanet = ['INPUTS/Jets/pt', 'INPUTS/Jets/MASK', 'INPUTS/Met/met'];
  t.deepEqual(await read('spanet.h5', spanet), [padded(pt, 0), padded(() => 1, 0), met]);
  t.is((await described('spanet.h5')).columns.find(({ name }) => name.endsWith('MASK'))!.type, 'bool');
  t.deepEqual(await read('pandas-fixed.h5', ['met', 'weight', 'number']), [met, weight, number]);
  t.deepEqual(await read('pandas-table.h5', ['met', 'weight', 'number'], 2, 3), [
    met.slice(2, 5),
    weight.slice(2, 5),
    number.slice(2, 5),
  ]);
  const good = events.map((i) => (i % 4 > 1 ? 1 : 0));
  t.deepEqual(await read('pandas-table.h5', ['good', 'pt_0']), [good, events.map((i) => (i % 4 > 0 ? pt(i, 0) : 0))]);
});

test('enumerations of HDF5 are conditions where their values are yes and no, and else whole numbers', async (t) => {
  const { columns } = await described('enumerations.h5');
  t.deepEqual(
    columns.map(({ name, type }) => `${name} ${type}`),
    ['flavour int8', 'good bool'],
  );
  const values = [
    [0, 1, 2, 0, 1, 2, 0],
    [0, 0, 0, 1, 1, 1, 1],
  ];
  t.deepEqual(await read('enumerations.h5', ['flavour', 'good']), values);
});

test('pickled objects are refused, as they may run code', async (t) => {
  await t.throwsAsync(open('pickled.npz'), { message: /^invalid pt in .*pickled\.npz: it holds pickled objects/ });
});

/** Everything that can be read of a table, in pieces. */
async function readAll(table: TableFile): Promise<ReadonlyMap<string, ColumnBlock>[]> {
  const readable = table.columns.filter(({ problem }) => !problem);
  const blocks: ReadonlyMap<string, ColumnBlock>[] = [];
  for (const { name, length } of readable) blocks.push(await table.read([name], 0, length));
  return blocks;
}

const WHOLE = ['none.parquet', 'zstd.parquet', 'stored.npz', 'compressed.npz', 'plain.npy', 'records.npy'];
for (const file of [...WHOLE, 'spanet.h5', '../root/small-flat-tree.root']) {
  test(`${file}: empty, foreign, truncated and damaged, it is refused by name or read, never a crash`, async (t) => {
    const bytes = readFileSync(join(fixtures, file));
    const name = file.split('/').at(-1)!;
    const damagedFiles = [
      Buffer.alloc(0),
      Buffer.from('not a file of that kind at all'),
      ...[0.1, 0.5, 0.9, 0.999].map((part) => bytes.subarray(0, Math.floor(part * bytes.length))),
      ...[0.05, 0.3, 0.6, 0.8, 0.95].map((part) => {
        const changed = Buffer.from(bytes);
        const at = Math.floor(part * bytes.length);
        for (let i = at; i < at + 8 && i < bytes.length; i++) changed[i] = 0xff - changed[i]!;
        return changed;
      }),
    ];
    for (const [i, damaged] of damagedFiles.entries()) {
      const path = `${i}-${name}`;
      writeFileSync(join(work, path), damaged);
      try {
        const table = await open(path, work);
        await readAll(table).finally(() => table.close());
        t.true(i > 1, 'what is empty or foreign is refused');
      } catch (error) {
        t.is((error as { isUserError?: boolean }).isUserError, true, `${path}: ${(error as Error).stack}`);
        t.true((error as Error).message.includes(path), (error as Error).message);
      }
    }
  });
}

test('a file that is not there, or is a folder, is refused by name', async (t) => {
  for (const end of ['parquet', 'npz', 'npy', 'root']) {
    await t.throwsAsync(open(`absent.${end}`, work), { message: /^missing file: .*absent\.\w+ does not exist$/ });
  }
  copyFileSync(join(fixtures, 'none.parquet'), join(work, 'parquet.root'));
});

test('a file of another kind is refused as what it is, with what to do', async (t) => {
  const contents: readonly [content: Uint8Array | string, what: RegExp][] = [
    [
      'jet_pt,jet_eta\n35.5,0.4\n',
      /is a text file, not (\w.*); readable are HDF5, ROOT, Parquet, .npz and .npy files$/,
    ],
    [gzipSync('jet_pt'), /is compressed by gzip, not .*; unpack it first: gunzip$/],
    [Uint8Array.of(0, 1, 2, 3), /is a file of unknown contents, not .*; readable are /],
    ['', /is empty; readable are /],
  ];
  const others = {
    hdf5: 'spanet.h5',
    root: '../root/small-flat-tree.root',
    parquet: 'none.parquet',
    npz: 'stored.npz',
  };
  for (const end of ['h5', 'parquet', 'npz', 'npy', 'root']) {
    const refused = async (name: string, message: RegExp): Promise<void> => {
      const error = await t.throwsAsync(open(name, work), undefined, name);
      t.true(isUserError(error));
      t.regex(error!.message, new RegExp(`^invalid file: .*${name} ${message.source}`));
    };
    for (const [i, [content, what]] of contents.entries()) {
      writeFileSync(join(work, `other-${i}.${end}`), content);
      await refused(`other-${i}.${end}`, what);
    }
    for (const [kind, file] of Object.entries(others)) {
      if (file.endsWith(end)) continue;
      copyFileSync(join(fixtures, file), join(work, `${kind}.${end}`));
      await refused(`${kind}.${end}`, new RegExp(`is an? \\w.*, not an? .*; in a config its kind is ${kind}, `));
    }
    mkdirSync(join(work, `folder.${end}`));
    await refused(`folder.${end}`, /is a folder; readable are /);
  }
});
