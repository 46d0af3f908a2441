import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventFile, fileFormats, loadTopology, samplePath, writeEvents } from '@unfold-zoo/data';
import { median } from './shared/median.mjs';

export const options = {
  copies: { type: 'string', default: '20', description: 'Copies of the 3,000 events of the sample in each file.' },
  repetitions: { type: 'string', default: '3', description: 'Repetitions; the median is reported.' },
  python: { type: 'string', default: '/usr/bin/python3', description: 'Python that reads the same files.' },
  gigabytes: { type: 'string', default: '10', description: 'Size of the .npy file that memory is measured with.' },
};

const FORMATS = { hdf5: 'h5', npz: 'npz', parquet: 'parquet' };
/** Rows that are read at once, as a training does. */
const BLOCK = 4096;
const WIDTH = 55;

/**
 * Millions of numbers read in a second of processor time from files of the same events, beside h5py, NumPy and pyarrow
 * (null where they are not installed); and the peak memory in MB of reading a large file, in blocks.
 */
export async function run({ copies, repetitions, python, gigabytes }) {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-readers-'));
  try {
    const found = {};
    for (const [kind, end] of Object.entries(FORMATS)) {
      const path = join(folder, `events.${end}`);
      await writeEvents(path, loadTopology('semileptonic-ttbar'), copiesOfSample(Number(copies)));
      const rates = [];
      for (let i = 0; i <= Number(repetitions); i++) rates.push(await rateOf(path, kind));
      found[kind] = { here: median(rates.slice(1)), python: peerRate(python, path, Number(repetitions)) };
    }
    return { millionNumbersPerCpuSecond: found, peakMegabytes: await peakOf(folder, Number(gigabytes)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function* copiesOfSample(copies) {
  const file = await EventFile.open(samplePath(), loadTopology('semileptonic-ttbar'));
  for (let i = 0; i < copies; i++) yield file.read(0, file.size);
  file.close();
}

async function rateOf(path, kind) {
  const before = process.cpuUsage();
  const numbers = await readAll(path, kind);
  const { user, system } = process.cpuUsage(before);
  return numbers / (user + system);
}

/** Reads all columns, block after block; returns how many numbers that were. */
async function readAll(path, kind) {
  const table = await fileFormats.find((format) => format.kind === kind).open(path);
  const columns = table.columns.filter(({ problem, length }) => problem === undefined && length >= BLOCK);
  const names = columns.map(({ name }) => name);
  const rows = columns[0].length;
  let numbers = 0;
  for (let start = 0; start < rows; start += BLOCK)
    for (const { values } of (await table.read(names, start, Math.min(BLOCK, rows - start))).values())
      numbers += values.length;
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

/** Peak memory of a process of its own that reads a file of so many gigabytes, nearly all of it a hole. */
async function peakOf(folder, gigabytes) {
  const path = join(folder, 'large.npy');
  const rows = Math.floor((gigabytes * 1e9) / (4 * WIDTH));
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${WIDTH}), }`.padEnd(117);
  const start = Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY\x01\x00'), Buffer.from([118, 0])]);
  writeFileSync(path, Buffer.concat([start, Buffer.from(`${header}\n`)]));
  truncateSync(path, 128 + 4 * WIDTH * rows);
  const code = `import { readAll } from ${JSON.stringify(import.meta.url)};
    await readAll(${JSON.stringify(path)}, 'npy');
    console.log(process.resourceUsage().maxRSS / 1024);`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
}

export { readAll };
