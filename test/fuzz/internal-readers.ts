import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleOf } from './hdf5-readers.js';
import type { Reader } from './reader.js';

const RECORDS: Readonly<Record<string, unknown>> = {
  'run.json': { format: 'unfold-zoo run', version: '0.1.0', trained: { seed: 3, training: { steps: 4 } } },
  'benchmark.json': {
    plan: { draws: 2, events: 10 },
    training: {
      ...{ outcome: 'finished', steps: 4, parameters: 10, engine: 'cpu' },
      ...{ seconds: 1.5, eventsPerSecond: 20, peakMemory: 1e8 },
    },
    sampling: { seconds: 1, eventsPerSecond: null, peakMemory: 1e8 },
  },
  'floor.json': { key: { split: 'test' }, report: null },
};

/** A reader that no package exports, since only the product itself calls it, of a file in a folder. */
export function internalReader(module: string, name: string, file: string): Reader['prepare'] {
  return async (folder) => {
    const url = new URL(module, import.meta.resolve('@unfold-zoo/runs'));
    const { [name]: read } = (await import(url.href)) as Readonly<Record<string, (...given: unknown[]) => unknown>>;
    const path = join(folder, file);
    writeFileSync(path, JSON.stringify(RECORDS[file]));
    return exampleOf(path, async () => read!(folder, { split: 'test' }));
  };
}
