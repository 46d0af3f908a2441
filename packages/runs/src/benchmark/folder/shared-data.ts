import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type EventSource, type Split, version } from '@unfold-zoo/core';
import { SPLITS } from '@unfold-zoo/core/events';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import { turnOfEvents } from '@unfold-zoo/core/training';
import { loadTopology, type RawEvents, removeLeftOversOf, writeEvents } from '@unfold-zoo/data';
import { eventProgress } from '../../progress/event-progress.js';
import type { OnProgress } from '../../progress/progress.js';

/** A source that makes its events as they are read: blocks of `blockSize`, all of them full. */
export interface SimulatedSource extends EventSource {
  rawBlock(split: Split, block: number): RawEvents;
}

/** Whether a source makes its events as they are read. */
export function isSimulated(source: EventSource): source is SimulatedSource {
  return 'rawBlock' in source && typeof source.rawBlock === 'function';
}

/** Where the events of a source are kept for all models. */
export interface SharedData {
  readonly folder: string;
  /** Options of the source, complete: files made with others are not used. */
  readonly made: unknown;
}

/** Whether the folder holds these events, none, or those of other options. */
export function stateOfSharedData({ folder, made }: SharedData): 'there' | 'missing' | 'changed' {
  const record = join(folder, RECORD);
  if (!existsSync(record)) return 'missing';
  return readFileSync(record, 'utf8') === recordText(made) ? 'there' : 'changed';
}

const RECORD = 'data.json';

/** The `data` of a config that reads the events of a source from the files of a folder. */
export function sharedDataConfig(source: SimulatedSource, folder: string): Record<string, unknown> {
  return {
    kind: 'hdf5',
    topology: source.spec.name,
    ...Object.fromEntries(SPLITS.map((split) => [split, fileOf(folder, split)])),
    // Blocks are written whole.
    maxTrainEvents: source.count('train'),
    maxValidationEvents: source.count('validation'),
    maxTestEvents: source.count('test'),
  };
}

/** How shared events are written. */
export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Writes the events of a source to the files of a folder, once for all models. What was written until the signal is
 * aborted is written again next time.
 * @throws the reason of the signal.
 */
export async function writeSharedData(source: SimulatedSource, shared: SharedData, how: WriteOptions): Promise<void> {
  const { folder, made } = shared;
  clear(folder);
  await writeSplits(source, folder, how);
  writeFileAtomically(join(folder, RECORD), recordText(made));
}

/** Removes the events that are there, the record of them first; files of others stay. */
function clear(folder: string): void {
  for (const path of [join(folder, RECORD), ...SPLITS.map((split) => fileOf(folder, split))]) {
    rmSync(path, { force: true });
    removeLeftOversOf(path);
  }
}

function fileOf(folder: string, split: Split): string {
  return join(folder, `${split}.h5`);
}

function recordText(made: unknown): string {
  return `${JSON.stringify({ version, made }, null, 2)}\n`;
}

async function writeSplits(
  source: SimulatedSource,
  folder: string,
  { signal, onProgress }: WriteOptions,
): Promise<void> {
  const topology = loadTopology(source.spec.name);
  const total = SPLITS.reduce((sum, split) => sum + source.count(split), 0);
  const tell = eventProgress('generating', total, onProgress);
  let done = 0;
  const count = (events: number): void => {
    done += events;
    tell(done);
  };
  for (const split of SPLITS) await writeEvents(fileOf(folder, split), topology, blocks(source, split, signal, count));
}

async function* blocks(
  source: SimulatedSource,
  split: Split,
  signal: AbortSignal | undefined,
  onEvents: (events: number) => void,
): AsyncGenerator<RawEvents> {
  for (let block = 0; block * source.blockSize < source.count(split); block++) {
    await turnOfEvents();
    signal?.throwIfAborted();
    yield source.rawBlock(split, block);
    onEvents(Math.min(source.blockSize, source.count(split) - block * source.blockSize));
  }
}
