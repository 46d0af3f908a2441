import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Rng, UserError, version } from '@unfold-zoo/core';
import { checkOptions } from '@unfold-zoo/core/options';
import { turnOfEvents } from '@unfold-zoo/core/training';
import { loadTopology, type RawEvents, removeLeftOversOf, TtbarGenerator, writeEvents } from '@unfold-zoo/data';
import type { z } from 'zod';
import { eventProgress } from '../progress/event-progress.js';
import type { OnProgress } from '../progress/progress.js';
import { silentLog } from '../run/log.js';
import { WriteLock } from '../writing/write-lock.js';
import { generateOptions } from './generate-options.js';

/** What the built-in generator makes: the options of the schema `generateOptions`, a signal and a callback. */
export interface GenerateOptions extends z.input<typeof generateOptions> {
  /** Aborted to stop; nothing is written then. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Events that are made at once. */
const BLOCK = 4096;

/**
 * Simulates semileptonic top-pair events in the layout that `data: { kind: hdf5 }` reads.
 * @returns the absolute path of the file.
 * @throws UserError for a file that is there already or that another process writes; the reason of a signal that is
 * aborted.
 * @example
 * await generateEvents('events.h5', { events: 20_000, seed: 1 });
 */
export async function generateEvents(file: string, options: GenerateOptions): Promise<string> {
  const { seed, force } = checkOptions(generateOptions, options);
  const path = resolve(file);
  using _lock = await WriteLock.ofOutput(path, { work: 'generating events', log: silentLog });
  removeLeftOversOf(path);
  if (existsSync(path) && !force)
    throw new UserError((option) => `existing ${path}: choose another, or replace it with ${option('force')}`);
  await writeEvents(path, loadTopology('semileptonic-ttbar'), simulate(new TtbarGenerator(new Rng(seed)), options), {
    generator: `unfold-zoo ${version}, leading-order semileptonic top pairs`,
    seed,
  });
  return path;
}

async function* simulate(generator: TtbarGenerator, options: GenerateOptions): AsyncGenerator<RawEvents> {
  const { events, signal, onProgress } = options;
  const tell = eventProgress('generating', events, onProgress);
  for (let done = 0; done < events; ) {
    await turnOfEvents();
    signal?.throwIfAborted();
    const size = Math.min(BLOCK, events - done);
    yield generator.generate(size);
    done += size;
    tell(done);
  }
}
