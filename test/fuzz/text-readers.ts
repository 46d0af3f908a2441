import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitScaling, readScaling, writeScaling } from '@unfold-zoo/core/events';
import { loadTopology } from '@unfold-zoo/data';
import { readBenchmark, readRunConfig } from '@unfold-zoo/runs';
import { NumberedSource, numberedSpec } from '../fixtures/data/numbered-source.js';
import { exampleOf } from './hdf5-readers.js';
import { internalReader } from './internal-readers.js';
import { type Mutation, mutatedJson, mutatedText } from './mutations.js';
import type { Example, Reader } from './reader.js';

const CONFIG = `extends: sample
name: example
seed: 3
engine: { kind: cpu }
sampler:
  kind: ddim
  steps: 3
training:
  batchSize: 8
  steps: 4
  fineTune: { steps: 0 }
`;

const BENCHMARK = `name: example
data: { kind: hdf5, train: events.h5 }
models:
  - extends: cinn
  - extends: tiny
shared:
  training: { steps: 4 }
seeds: [0, 1]
`;

/** Files of YAML and JSON that people write or change, and assignments of the command line. */
export const textReaders: readonly Reader[] = [
  { name: 'config', ...text(mutatedText), prepare: textFile('config.yaml', CONFIG, (path) => readRunConfig(path)) },
  { name: 'benchmark', ...text(mutatedText), prepare: textFile('own.yaml', BENCHMARK, (path) => readBenchmark(path)) },
  { name: 'topology', ...text(mutatedText), prepare: topologyFile },
  { name: 'set', ...text(mutatedText), prepare: assignment },
  { name: 'scaling', hasChecksum: true, mutation: mutatedJson, prepare: scaling },
  { name: 'run-marker', ...text(mutatedJson), prepare: internalReader('run/run-marker.js', 'readMarker', 'run.json') },
  {
    name: 'benchmark-record',
    ...text(mutatedJson),
    prepare: internalReader('benchmark/folder/run-record.js', 'readRecord', 'benchmark.json'),
  },
  {
    name: 'floor',
    ...text(mutatedJson),
    prepare: internalReader('benchmark/folder/floor-record.js', 'readFloor', 'floor.json'),
  },
];

function text(mutation: Mutation): Pick<Reader, 'hasChecksum' | 'mutation'> {
  return { hasChecksum: false, mutation };
}

function textFile(name: string, content: string, read: (path: string) => Promise<unknown>): Reader['prepare'] {
  return async (folder) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return exampleOf(path, read);
  };
}

async function topologyFile(folder: string): Promise<Example> {
  const url = import.meta.resolve('@unfold-zoo/data/package.json');
  const content = readFileSync(new URL('topologies/semileptonic-ttbar.yaml', url), 'utf8');
  return textFile('topology.yaml', content, async (path) => loadTopology(path))(folder);
}

async function assignment(): Promise<Example> {
  const bytes = Buffer.from('training.fineTune={steps: 2, learningRate: 1e-4}');
  const read = (given: Uint8Array): Promise<unknown> =>
    readRunConfig('sample', { set: [Buffer.from(given).toString('utf8')] });
  return { bytes, read };
}

async function scaling(folder: string): Promise<Example> {
  const path = join(folder, 'scaling.json');
  writeScaling(path, await fitScaling(new NumberedSource(53, 8)));
  const example = exampleOf(path, async () => readScaling(path, numberedSpec));
  // Older versions wrote no checksum: a file that has lost it is taken for one of theirs, whatever its numbers.
  const isOfNow = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes('"sha256"');
  const read = async (bytes: Uint8Array): Promise<unknown> => {
    const value = await example.read(bytes);
    return isOfNow(bytes) ? value : example.read(example.bytes);
  };
  return { bytes: example.bytes, read };
}
