// Training steps from files of each format, beside the same events as HDF5.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventFile, loadTopology, samplePath, writeEvents } from '@unfold-zoo/data';
import { convertEvents, openSession, readRunConfig } from '@unfold-zoo/runs';
import { median } from './shared/median.mjs';
import { trainAside } from './shared/training.mjs';

export const options = {
  preset: { type: 'string', default: 'small', description: 'preset or config file' },
  copies: { type: 'string', default: '20', description: 'copies of the 3,000 events of the sample in each file' },
  steps: { type: 'string', default: '300', description: 'measured steps, after 50' },
  rounds: { type: 'string', default: '5', description: 'rounds in turn; the median of their ratios is reported' },
  rootFiles: { type: 'string', default: '20', description: 'copies of the NanoAOD file of the tests, read as one' },
};

const WARM_UP = 50;
const ROOT = fileURLToPath(new URL('../test/fixtures/root/nanoaod.root', import.meta.url));
const ROOT_TOPOLOGY = fileURLToPath(new URL('../test/fixtures/root/w-boson.yaml', import.meta.url));

/** Milliseconds of processor time a step, and how many times those that the same events take as HDF5. */
export async function run({ preset, copies, steps, rounds, rootFiles }) {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-train-formats-'));
  try {
    const sample = await filesOfSample(folder, Number(copies));
    const root = await filesOfRoot(folder, Number(rootFiles));
    const all = [...sample, ...root];
    const turns = Array.from({ length: Number(rounds) }, () =>
      all.map(({ data }) => inProcess(preset, data, Number(steps))),
    );
    const formats = all.map(({ format, beside }, i) => {
      const reference = all.findIndex((each) => each.format === beside);
      return {
        format,
        beside,
        cpuMsPerStep: median(turns.map((turn) => turn[i])),
        ratio: median(turns.map((turn) => turn[i] / turn[reference])),
      };
    });
    return { preset, formats };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function filesOfSample(folder, copies) {
  const found = [];
  for (const [kind, end] of Object.entries({ hdf5: 'h5', npz: 'npz', parquet: 'parquet' })) {
    const path = join(folder, `events.${end}`);
    await writeEvents(path, loadTopology('semileptonic-ttbar'), copiesOfSample(copies));
    found.push({ format: kind, beside: 'hdf5', data: `{kind: ${kind}, train: ${path}}` });
  }
  return found;
}

/** ROOT files by their mapping, and the events that these are as HDF5. */
async function filesOfRoot(folder, copies) {
  const files = Array.from({ length: copies }, (_, i) => join(folder, `nanoaod-${i}.root`));
  for (const file of files) copyFileSync(ROOT, file);
  const converted = join(folder, 'w-bosons.h5');
  await convertEvents(join(folder, 'nanoaod-*.root'), converted, { topology: ROOT_TOPOLOGY });
  const common = `topologyFile: ${ROOT_TOPOLOGY}`;
  return [
    { format: 'hdf5 of ROOT', beside: 'hdf5 of ROOT', data: `{kind: hdf5, train: ${converted}, ${common}}` },
    { format: 'root', beside: 'hdf5 of ROOT', data: `{kind: root, train: [${files}], ${common}}` },
  ];
}

async function* copiesOfSample(copies) {
  const file = await EventFile.open(samplePath(), loadTopology('semileptonic-ttbar'));
  for (let i = 0; i < copies; i++) yield file.read(0, file.size);
  file.close();
}

function inProcess(preset, data, steps) {
  const call = `stepsFrom(${JSON.stringify({ preset, data, steps })})`;
  const code = `import { stepsFrom } from ${JSON.stringify(import.meta.url)}; console.log(await ${call});`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
}

/** Milliseconds of processor time of a step, the reading of its events included. */
export async function stepsFrom({ preset, data, steps }) {
  const training = { steps: steps + WARM_UP, 'fineTune.steps': 0, validateEvery: 1e6, checkpointEvery: 1e6 };
  const config = await readRunConfig(preset, {
    set: [
      'engine={kind: native, threads: 1}',
      `data=${data}`,
      ...Object.entries(training).map(([key, value]) => `training.${key}=${value}`),
    ],
  });
  const session = await openSession(config);
  const scaling = await session.scaling();
  const model = session.model(scaling);
  let step = 0;
  let before;
  const onStep = () => {
    if (++step === WARM_UP) before = process.cpuUsage();
  };
  await trainAside(session, { model, scaling, onStep });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / steps;
}
