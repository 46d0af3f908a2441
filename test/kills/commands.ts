import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventFile, openDraws, samplePath } from '@unfold-zoo/data';
import { topology } from '../fixtures/data/sample-events.js';

/** A command that writes files, and how one goes on with it that was killed. */
export interface KilledCommand {
  readonly name: string;
  /** The command whose files it needs. */
  readonly after?: string;
  readonly args: readonly string[];
  /** What a user tries then, one after the other, until one succeeds. The command itself is tried last. */
  readonly goOn: readonly (readonly string[])[];
  /**
   * What the command is for, which must be the same in the end. Throws where something is not whole.
   * @param folder the working directory.
   */
  result(folder: string): Promise<unknown>;
}

const TRAINING = ['training.steps=4', 'training.fineTune.steps=2', 'training.checkpointEvery=2'];
const TRAIN = ['train', 'sample', '--out', 'run', ...TRAINING.flatMap((setting) => ['--set', setting])];
const SAMPLE = ['sample', 'run', '--events', '48', '--batch', '12'];

/** Every command that writes what takes long to make. */
export const commands: readonly KilledCommand[] = [
  {
    name: 'generate',
    args: ['generate', '--out', 'events.h5', '--events', '50', '--seed', '3'],
    goOn: [],
    result: (folder) => generated(join(folder, 'events.h5')),
  },
  { name: 'train', args: TRAIN, goOn: [['train', '--resume', 'run']], result: trained },
  {
    name: 'train-longer',
    after: 'train',
    args: ['train', '--resume', 'run', '--set', 'training.fineTune.steps=6'],
    goOn: [['train', '--resume', 'run']],
    result: trained,
  },
  {
    name: 'train-again',
    after: 'sample',
    args: [...TRAIN, '--force', '--set', 'seed=2'],
    goOn: [['train', '--resume', 'run']],
    result: trained,
  },
  {
    name: 'sample',
    after: 'train',
    args: SAMPLE,
    goOn: [[...SAMPLE, '--resume']],
    result: (folder) => drawn(join(folder, 'run/draws.h5')),
  },
  {
    name: 'sample-again',
    after: 'sample',
    args: [...SAMPLE, '--seed', '5', '--force'],
    goOn: [[...SAMPLE, '--seed', '5', '--resume']],
    result: (folder) => drawn(join(folder, 'run/draws.h5')),
  },
  {
    name: 'evaluate',
    after: 'sample',
    args: ['evaluate', 'run', '--bootstrap', '2'],
    goOn: [],
    result: async (folder) => texts(join(folder, 'run/report')),
  },
  {
    name: 'posterior',
    after: 'train',
    args: ['posterior', 'run', '--event', '3', '--draws', '20', '--out', 'posterior'],
    goOn: [],
    result: async (folder) => texts(join(folder, 'posterior')),
  },
  {
    name: 'benchmark',
    args: ['benchmark', 'tiny.yaml', '--out', 'benchmark'],
    goOn: [],
    result: async (folder) => [
      readFileSync(join(folder, 'benchmark/report/distances.json'), 'utf8'),
      await drawn(join(folder, 'benchmark/runs/VLD/draws.h5')),
    ],
  },
];

/** Writes what the commands are given. */
export function writeInputs(folder: string): void {
  writeFileSync(
    join(folder, 'tiny.yaml'),
    `name: tiny
data: { kind: hdf5, train: ${JSON.stringify(samplePath())}, validationFraction: 0.1, testFraction: 0.1 }
shared: { training: { steps: 4, checkpointEvery: 2, fineTune: { steps: 0 } } }
models:
  - { extends: tiny, name: VLD }
sampling: { events: 50 }
evaluation: { bootstrap: 2, calibration: { events: 8, draws: 4 } }
`,
  );
}

async function generated(path: string): Promise<unknown> {
  const file = await EventFile.open(path, topology);
  try {
    return file.read(0, file.size);
  } finally {
    file.close();
  }
}

/** Weights and optimiser of the last checkpoint, and the steps in the log. */
async function trained(folder: string): Promise<unknown> {
  const checkpoints = join(folder, 'run/checkpoints');
  const latest = readFileSync(join(checkpoints, 'latest'), 'utf8').trim();
  const log = readFileSync(join(folder, 'run/metrics.jsonl'), 'utf8').trim().split('\n');
  const lines = log.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const steps = lines.filter(({ type }) => type === 'step').map(({ step, loss }) => [step, loss]);
  const tensors = readdirSync(join(checkpoints, latest)).filter((name) => name.endsWith('.safetensors'));
  const config = readFileSync(join(folder, 'run/config.yaml'), 'utf8');
  return [latest, steps, config, tensors.map((name) => [name, bytes(checkpoints, latest, name)])];
}

async function drawn(path: string): Promise<unknown> {
  const file = await openDraws(path);
  try {
    return [file.attributes(), file.read(0, file.events)];
  } finally {
    file.close();
  }
}

/** The text files in a folder, by their names. */
function texts(folder: string): unknown {
  if (!existsSync(folder)) throw new Error(`missing ${folder}`);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => /\.[a-z]+$/.test(name)).map((name) => [name, bytes(folder, name)]);
}

function bytes(...path: string[]): string {
  return readFileSync(join(...path)).toString('latin1');
}
