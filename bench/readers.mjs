import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { EventFile, fileFormats, loadTopology, samplePath, writeEvents } from '@unfold-zoo/data';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { median } from './shared/median.mjs';

export const options = {
  copies: { type: 'string', default: '400', description: 'Copies of the 3,000 events of the sample in each file.' },
  repetitions: { type: 'string', default: '7', description: 'Repetitions; the median is reported.' },
  python: { type: 'string', default: '/usr/bin/python3', description: 'Python that reads the same files.' },
  root: {
    type: 'string',
    multiple: true,
    default: [new URL('../test/fixtures/root/nanoaod.root', import.meta.url).pathname],
    description: 'ROOT files, of zlib or zstd; whose decompression alone is measured beside reading them.',
  },
  gigabytes: { type: 'string', default: '10', description: 'Size of the files that memory is measured with.' },
};

const FORMATS = { hdf5: 'h5', npz: 'npz', parquet: 'parquet' };
/** Files that `peers/write_parquet.py` writes. */
const OF_PYARROW = ['rewritten', 'repeated-numbers', 'numbers', 'repeated-lists', 'lists'];
/** Rows that are read at once, as a training does. */
const BLOCK = 4096;
const WIDTH = 55;
const TURNS = 3;

/**
 * Millions of numbers read in a second of processor time from files of the same events, beside h5py, NumPy and pyarrow
 * (null where they are not installed), and from Parquet files that pyarrow wrote; the same of ROOT files beside
 * unpacking their baskets alone, by jsroot and by Node's zlib; and the peak memory in MB of reading a large file, in
 * blocks.
 */
export async function run({ copies, repetitions, python, root, gigabytes }) {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-readers-'));
  try {
    const found = {};
    const how = { python, repetitions: Number(repetitions) };
    for (const [kind, end] of Object.entries(FORMATS)) {
      const path = join(folder, `events.${end}`);
      await writeEvents(path, loadTopology('semileptonic-ttbar'), copiesOfSample(Number(copies)));
      found[kind] = ratesInTurn(path, kind, how);
    }
    for (const name of writtenByPyarrow(python, folder))
      found[`parquet ${name}`] = ratesInTurn(join(folder, `${name}.parquet`), 'parquet', how);
    return {
      millionNumbersPerCpuSecond: found,
      root: root.map((path) => rootRates(path, Number(repetitions))),
      peakMegabytes: await peaksOf(folder, Number(gigabytes), python),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Turn by turn, each in a process of its own; null where Python cannot. */
function ratesInTurn(path, kind, { python, repetitions }) {
  const turns = Array.from({ length: TURNS }, () => ({
    here: inProcess(`rate(${JSON.stringify(path)}, '${kind}', ${repetitions})`),
    python: peerRate(python, path, repetitions),
  }));
  return {
    here: median(turns.map((turn) => turn.here)),
    python: turns[0].python === null ? null : median(turns.map((turn) => turn.python)),
  };
}

/** The names of files that pyarrow wrote beside `events.parquet`; none where it is not installed. */
function writtenByPyarrow(python, folder) {
  const script = new URL('./peers/write_parquet.py', import.meta.url).pathname;
  return spawnSync(python, [script, join(folder, 'events.parquet'), folder]).status === 0 ? OF_PYARROW : [];
}

async function* copiesOfSample(copies) {
  const file = await EventFile.open(samplePath(), loadTopology('semileptonic-ttbar'));
  for (let i = 0; i < copies; i++) yield file.read(0, file.size);
  file.close();
}

/** What a function of this file gives in a process of its own. */
function inProcess(call) {
  const names = 'milliseconds, peak, rate, readAll, unpackingTime';
  const code = `import { ${names} } from ${JSON.stringify(import.meta.url)}; console.log(await ${call});`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
}

/** The median rate of some repetitions after a first one. */
export async function rate(path, kind, repetitions) {
  const rates = [];
  for (let i = 0; i <= repetitions; i++) rates.push(await rateOf(path, kind));
  return median(rates.slice(1));
}

/** Peak memory in MB of this process when it has read a file. */
export async function peak(path, kind) {
  await readAll(path, kind);
  return process.resourceUsage().maxRSS / 1024;
}

/** Milliseconds of processor time, medians in turn: reading all columns of a ROOT file, and unpacking its baskets. */
function rootRates(path, repetitions) {
  const name = JSON.stringify(path);
  const turns = Array.from({ length: TURNS }, () => ({
    reading: inProcess(`milliseconds(() => readAll(${name}, 'root'), ${repetitions})`),
    unpacking: inProcess(`unpackingTime(${name}, 'jsroot', ${repetitions})`),
    unpackingByZlib: inProcess(`unpackingTime(${name}, 'zlib', ${repetitions})`),
  }));
  const all = (key) => median(turns.map((turn) => turn[key]));
  return {
    path,
    reading: all('reading'),
    unpacking: all('unpacking'),
    unpackingByZlib: all('unpackingByZlib'),
  };
}

/** The median processor time in ms of some repetitions of work after a first one. */
export async function milliseconds(work, repetitions) {
  const times = [];
  for (let i = 0; i <= repetitions; i++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return median(times.slice(1));
}

/** Milliseconds that unpacking every compressed basket takes; not a number where zlib does not know the compression. */
export async function unpackingTime(path, by, repetitions) {
  const { R__unzip } = await import('jsroot/io');
  const baskets = packedBaskets(readFileSync(path));
  if (by === 'zlib' && baskets.some(({ bytes }) => bytes.toString('latin1', 0, 2) !== 'ZL')) return Number.NaN;
  const unpack = {
    jsroot: ({ bytes, length }) => R__unzip(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), length),
    // After nine bytes, of which three are the length that follows.
    zlib: ({ bytes, length }) => {
      for (let at = 0, done = 0; done < length; at += 9 + bytes.readUIntLE(at + 3, 3))
        done += inflateSync(bytes.subarray(at + 9, at + 9 + bytes.readUIntLE(at + 3, 3))).length;
    },
  }[by];
  return milliseconds(async () => {
    for (const basket of baskets) await unpack(basket);
  }, repetitions);
}

/** The compressed contents of the records of a ROOT file that are baskets, and how long they are unpacked. */
function packedBaskets(file) {
  const found = [];
  const isLarge = file.readUInt32BE(4) >= 1_000_000;
  const end = isLarge ? Number(file.readBigUInt64BE(12)) : file.readUInt32BE(12);
  for (let at = file.readUInt32BE(8); at < end; ) {
    const bytes = file.readInt32BE(at);
    if (bytes < 0)
      at -= bytes; // free space
    else {
      const [length, keyLength] = [file.readUInt32BE(at + 6), file.readUInt16BE(at + 14)];
      const places = file.readUInt16BE(at + 4) > 1000 ? 16 : 8;
      const nameAt = at + 18 + places;
      const isBasket = file.toString('latin1', nameAt + 1, nameAt + 1 + file[nameAt]) === 'TBasket';
      if (isBasket && length > bytes - keyLength)
        found.push({ bytes: file.subarray(at + keyLength, at + bytes), length });
      at += bytes;
    }
  }
  return found;
}

async function rateOf(path, kind) {
  const before = process.cpuUsage();
  const numbers = await readAll(path, kind);
  const { user, system } = process.cpuUsage(before);
  return numbers / (user + system);
}

/** Reads all columns, block after block; returns how many numbers that were. */
export async function readAll(path, kind) {
  const table = await fileFormats.find((format) => format.kind === kind).open(path);
  const isShort = table.columns.every(({ length }) => length < BLOCK);
  const columns = table.columns.filter(({ problem, length }) => problem === undefined && (isShort || length >= BLOCK));
  const names = columns.map(({ name }) => name);
  const rows = columns[0].length;
  let numbers = 0;
  for (let start = 0; start < rows; start += BLOCK)
    for (const block of (await table.read(names, start, Math.min(BLOCK, rows - start))).values()) {
      numbers += block.values.length;
      table.giveBack?.(block); // as whoever copies the numbers to batches does
    }
  await table.close();
  return numbers;
}

function peerRate(python, path, repetitions) {
  const script = new URL('./peers/readers.py', import.meta.url).pathname;
  try {
    return JSON.parse(
      execFileSync(python, [script, path, String(repetitions)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch {
    return null;
  }
}

/** Large files of 55 columns, or of one that wide, by their ends: how each is made. */
const LARGE = { npy: largeNpy, parquet: largeParquet, h5: largeHdf5 };

/** Peak memory of processes that read a large file of each kind in blocks; null where it cannot be made here. */
async function peaksOf(folder, gigabytes, python) {
  const found = {};
  for (const [end, make] of Object.entries(LARGE)) {
    const path = join(folder, `large.${end}`);
    found[end] = (await make(path, Math.floor((gigabytes * 1e9) / (4 * WIDTH)), python)) ? peakOf(path, end) : null;
    rmSync(path, { force: true });
  }
  return found;
}

function peakOf(path, end) {
  const kind = end === 'h5' ? 'hdf5' : end;
  return inProcess(`peak(${JSON.stringify(path)}, '${kind}')`);
}

/** Nearly all of it a hole. */
function largeNpy(path, rows) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${WIDTH}), }`.padEnd(117);
  const start = Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY\x01\x00'), Buffer.from([118, 0])]);
  writeFileSync(path, Buffer.concat([start, Buffer.from(`${header}\n`)]));
  truncateSync(path, 128 + 4 * WIDTH * rows);
  return true;
}

/** Row groups of a million rows, as other writers have them. */
async function largeParquet(path, rows) {
  const group = Math.min(rows, 2 ** 20);
  const names = Array.from({ length: WIDTH }, (_, i) => `column_${i}`);
  const schema = [
    { name: 'root', num_children: WIDTH },
    ...names.map((name) => ({ name, type: 'FLOAT', repetition_type: 'REQUIRED' })),
  ];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema });
  for (let start = 0; start < rows; start += group) {
    const data = Float32Array.from({ length: Math.min(group, rows - start) }, (_, i) => Math.sin(start + i));
    await writer.write({
      columnData: names.map((name) => ({ name, data, encoding: 'PLAIN' })),
      rowGroupSize: group,
    });
  }
  await writer.finish();
  return true;
}

/** Nearly all of it a hole; h5py makes it. */
function largeHdf5(path, rows, python) {
  const script = `import h5py, sys
space = h5py.h5s.create_simple((${rows}, ${WIDTH}))
plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
with h5py.File(sys.argv[1], "w") as file:
    h5py.h5d.create(file.id, b"numbers", h5py.h5t.NATIVE_FLOAT, space, plan)`;
  return spawnSync(python, ['-c', script, path]).status === 0;
}
