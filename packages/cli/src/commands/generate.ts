import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Rng, UserError, version } from '@unfold-zoo/core';
import { turnOfEvents } from '@unfold-zoo/core/training';
import { loadTopology, type RawEvents, TtbarGenerator, writeEvents } from '@unfold-zoo/data';
import { interruption } from '../interruption.js';
import { createLog } from '../log.js';
import { EXIT } from '../main.js';
import { duration, progressBar } from '../progress.js';

/** Options of `unfold generate`. */
export interface GenerateOptions {
  readonly out: string;
  readonly events: number;
  readonly seed: number;
  readonly force?: boolean;
}

const BLOCK = 4096;

/** `unfold generate`: events of the built-in generator in the layout that `data: { kind: hdf5 }` reads. */
export async function generateCommand({ out, events, seed, force = false }: GenerateOptions): Promise<void> {
  const log = createLog();
  const path = resolve(out);
  if (existsSync(path) && !force) throw new UserError(`existing ${path}: choose another, or replace it with --force`);
  const { signal, release } = interruption(log);
  const started = performance.now();
  try {
    const blocks = simulate(new TtbarGenerator(new Rng(seed)), events, signal);
    await writeEvents(path, loadTopology('semileptonic-ttbar'), blocks, {
      generator: `unfold-zoo ${version}, leading-order semileptonic top pairs`,
      seed,
    });
    log.info(`wrote ${events} events to ${path} in ${duration((performance.now() - started) / 1000)}`);
  } catch (error) {
    if (!signal.aborted) throw error;
    log.info('stopped; nothing was written');
    process.exitCode = EXIT.interrupted;
  } finally {
    release();
    await log.close();
  }
}

async function* simulate(generator: TtbarGenerator, events: number, signal: AbortSignal): AsyncGenerator<RawEvents> {
  const bar = progressBar('generating {bar} {value}/{total} events · {eta_formatted} left');
  bar.start(events, 0);
  try {
    for (let done = 0; done < events; ) {
      await turnOfEvents();
      signal.throwIfAborted();
      const size = Math.min(BLOCK, events - done);
      yield generator.generate(size);
      done += size;
      bar.update(done);
    }
  } finally {
    bar.stop();
  }
}
