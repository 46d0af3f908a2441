import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { type Catalogue, topologiesOf } from '@unfold-zoo/core/config';
import { checkOverwritesNoInput, checkReplaceable } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import { turnOfEvents } from '@unfold-zoo/core/training';
import {
  type FileFormat,
  filePaths,
  holdsDraws,
  loadTopology,
  RawEventFiles,
  type RawEvents,
  removeLeftOversOf,
  writableFormatOf,
  writeEvents,
} from '@unfold-zoo/data';
import type { z } from 'zod';
import { type CatalogueOptions, catalogueOf } from '../configs/catalogue.js';
import { mergeDraws } from '../draws/merge-draws.js';
import { DEFAULT_TOPOLOGY } from '../inspect/inspect-options.js';
import { eventProgress } from '../progress/event-progress.js';
import type { OnProgress } from '../progress/progress.js';
import { silentLog } from '../run/log.js';
import { WriteLock } from '../writing/write-lock.js';
import { convertOptions } from './convert-options.js';
import { countFrom } from './count-from.js';
import { formatOf } from './file-format.js';

/** How a data file is converted: the options of the schema `convertOptions`, plugins, a signal and a callback. */
export interface ConvertOptions extends z.input<typeof convertOptions> {
  /** Plugins whose formats and topologies are known too: names of packages, paths of files, or plugins themselves. */
  readonly plugins?: CatalogueOptions['plugins'];
  /** Aborted to stop; nothing is written then. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** A file that was written of another. */
export interface Conversion {
  /** Absolute path of the file. */
  readonly file: string;
  readonly events: number;
  /** What the input has and the file has not, in sentences. */
  readonly losses: readonly string[];
}

/**
 * Writes the events of a data file, or the draws of a file of draws, in the layout of this package to HDF5, Parquet or
 * npz, whichever the name says. Memory does not grow with the file.
 * @param input a file of any format that is read, or a pattern that several match, which become one.
 * @throws UserError for files that cannot be read, lack what the topology needs or hold events that make no sense; for
 * a format that is not written; the reason of a signal that is aborted. Nothing is written then.
 * @example
 * await convertEvents('events.root', 'events.parquet', { mapping: 'nanoaod-mapping.yaml', carry: ['run', 'event'] });
 */
export async function convertEvents(input: string, output: string, options: ConvertOptions = {}): Promise<Conversion> {
  const checked = checkOptions(convertOptions, options);
  const { plugins = [], signal, onProgress } = options;
  const inputs = [filePaths().parse(resolve(input))].flat();
  const [first] = inputs as [string];
  const catalogue = await catalogueOf({ plugins });
  const format = formatOf(first, catalogue);
  if (!(existsSync(first) && (await holdsDraws(first, format.kind))))
    return convertFiles(inputs, resolve(output), { ...checked, signal, onProgress, catalogue, format });
  refuseUnused(checked, first);
  const how = { force: checked.force, signal, onProgress, stage: 'converting' } as const;
  return { ...(await mergeDraws(inputs, output, how)), losses: [] };
}

/** Checked options, and what the input is. */
interface EventConversion extends z.output<typeof convertOptions> {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
  readonly catalogue: Catalogue;
  readonly format: FileFormat;
}

async function convertFiles(inputs: readonly string[], file: string, how: EventConversion): Promise<Conversion> {
  const { force, catalogue, signal, topology: name = DEFAULT_TOPOLOGY, ...opening } = how;
  writableFormatOf(file);
  checkOverwritesNoInput([file], inputs);
  checkReplaceable(file, { force });
  using _lock = await WriteLock.ofOutput(file, { work: 'converting', log: silentLog });
  removeLeftOversOf(file);
  const topology = loadTopology(name, topologiesOf(catalogue.plugins));
  const events = await RawEventFiles.open(inputs, { ...opening, topology });
  try {
    const { start = 0 } = how;
    const count = countFrom(events.size, how, 'there are');
    const tell = eventProgress('converting', count, how.onProgress);
    const written = await writeEvents(file, topology, watched(events.blocks(start, count), tell, signal));
    return { file, events: written, losses: events.losses };
  } finally {
    await events.close();
  }
}

/** Draws are copied whole. */
function refuseUnused({ carry, force: _, ...options }: z.output<typeof convertOptions>, path: string): void {
  const given = { ...options, carry: carry.length > 0 ? carry : undefined };
  const unused = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (unused !== undefined)
    throw new UserError((option) => `unused ${option(unused)}: ${path} holds draws, which are copied whole`);
}

async function* watched(
  blocks: AsyncIterable<RawEvents>,
  tell: (done: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<RawEvents> {
  let done = 0;
  for await (const raw of blocks) {
    await turnOfEvents();
    signal?.throwIfAborted();
    yield raw;
    done += raw.size;
    tell(done);
  }
}
