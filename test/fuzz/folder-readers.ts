import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PosteriorComparison, WriteLock, writePosteriors } from '@unfold-zoo/runs';
import { mutatedJson } from './mutations.js';
import type { Example, Reader } from './reader.js';

/** Files by which one process knows what another has done, or does, in a folder. */
export const folderReaders: readonly Reader[] = [
  { name: 'lock-owner', hasChecksum: true, mutation: mutatedJson, prepare: lockOwner },
  { name: 'posterior-summary', hasChecksum: false, mutation: mutatedJson, prepare: posteriorSummary },
];

/** Who holds a lock that is held, as others are told. */
async function lockOwner(folder: string): Promise<Example> {
  const how = { work: 'testing', log: { warn: () => {} } };
  // Held until this process ends.
  await WriteLock.ofFolder(folder, how);
  const file = join(folder, '.lock');
  const read = async (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(file, bytes);
    try {
      (await WriteLock.ofFolder(folder, how)).release();
    } catch (error) {
      if ((error as Error).message.includes(`: process ${process.pid} on `)) return (error as Error).message;
      throw error;
    }
    throw new Error('two processes hold one lock');
  };
  return { bytes: readFileSync(file), read };
}

/** A posterior that is written again, in place of the one that is there. */
async function posteriorSummary(folder: string): Promise<Example> {
  const summary = { event: 3, draws: 20, runs: [{ label: 'VLD', path: '/run' }], quantities: [] };
  const comparison: PosteriorComparison = { summary, figures: [], eventHash: 'a'.repeat(64), inputs: [] };
  const file = join(folder, 'summary.json');
  writePosteriors(folder, comparison);
  const bytes = readFileSync(file);
  const read = async (given: Uint8Array): Promise<unknown> => {
    rmSync(file, { force: true });
    writeFileSync(file, given);
    return writePosteriors(folder, comparison);
  };
  return { bytes, read };
}
