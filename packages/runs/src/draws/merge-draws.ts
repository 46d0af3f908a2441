import { resolve } from 'node:path';
import { checkOverwritesNoInput, checkReplaceable } from '@unfold-zoo/core/files';
import { joinDraws, type ReadableDraws, readableDraws, removeLeftOversOf } from '@unfold-zoo/data';
import { eventProgress } from '../progress/event-progress.js';
import type { OnProgress } from '../progress/progress.js';
import { silentLog } from '../run/log.js';
import { WriteLock } from '../writing/write-lock.js';

/** How files of draws are joined. */
export interface MergeOptions {
  /** Whether an existing file is replaced. */
  readonly force?: boolean;
  /** Aborted to stop; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** What `onProgress` is told is done. Default: merging. */
  readonly stage?: 'merging' | 'converting';
}

/**
 * Joins files of draws that are parts of one drawing, made with `start` and `events`, in whatever order they are named:
 * the file has what one drawing for all of their events would have written.
 * @returns the absolute path of the file, and its events.
 * @throws UserError for parts of another run, seed or sampler, and for events that are missing or there twice; for a
 * file that is there already; the reason of a signal that is aborted.
 * @example
 * await mergeDraws(['part-1.h5', 'part-2.h5'], 'draws.h5');
 */
export async function mergeDraws(
  inputs: readonly string[],
  output: string,
  { force = false, signal, onProgress, stage = 'merging' }: MergeOptions = {},
): Promise<{ readonly file: string; readonly events: number }> {
  const file = resolve(output);
  checkOverwritesNoInput([file], inputs);
  checkReplaceable(file, { force });
  using _lock = await WriteLock.ofOutput(file, { work: 'joining draws', log: silentLog });
  removeLeftOversOf(file);
  const files: ReadableDraws[] = [];
  try {
    for (const path of inputs) files.push(await readableDraws(resolve(path)));
    const total = files.reduce((sum, { events }) => sum + events, 0);
    const tell = eventProgress(stage, total, onProgress);
    const events = await joinDraws(file, files, {
      onProgress: (done) => {
        signal?.throwIfAborted();
        tell(done);
      },
    });
    return { file, events };
  } finally {
    for (const each of files) await each.close();
  }
}
