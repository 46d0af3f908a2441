import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { type Choices, type Config, topologiesOf } from '@unfold-zoo/core/config';
import { CheckpointStore, type LogRecord, readLog, type TrainingState } from '@unfold-zoo/core/training';
import {
  type DrawFacts,
  DrawFile,
  type EventSummary,
  type FileFormat,
  inspectEvents,
  inspectTable,
  type TableSummary,
} from '@unfold-zoo/data';
import type { z } from 'zod';
import { type CatalogueOptions, catalogueOf } from '../configs/catalogue.js';
import type { ConfigOptions } from '../configs/run-config.js';
import { type AlikeFiles, alikeFiles, checkColumnsAlike, isFolderOfData } from '../events/alike-files.js';
import { runPlace } from '../packing/pretrained.js';
import { type Log, silentLog } from '../run/log.js';
import { RunDirectory } from '../run/run-directory.js';
import { DEFAULT_TOPOLOGY, type inspectOptions } from './inspect-options.js';
import { shownConfig } from './shown-config.js';

/** How something is inspected: the options of the schema `inspectOptions`, and a log. */
export interface InspectOptions extends z.input<typeof inspectOptions> {
  /** Plugins whose topologies are known too: names of packages, or paths of files; or plugins themselves. */
  readonly plugins?: CatalogueOptions['plugins'];
  /** Whether plugins that a run from elsewhere names may be loaded; without them, less of its config is known. */
  readonly trustPlugins?: ConfigOptions['trustPlugins'];
  /** Told of damaged checkpoints. */
  readonly log?: Log;
}

/** What is in a data file. */
export interface EventInspection extends EventSummary {
  readonly path: string;
}

/** What is in a file of columns that no topology says anything of. */
export interface TableInspection extends TableSummary {
  readonly path: string;
}

/** What is in a file of draws. */
export interface DrawInspection extends Omit<DrawFacts, 'carried' | 'attributes'> {
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** One tensor of a checkpoint. */
export interface TensorInspection {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
}

/** What is in the folder of a run. */
export interface RunInspection {
  readonly path: string;
  /** As they are written, where plugins that they may need are not trusted. */
  readonly choices: Choices;
  readonly training: Config['training'];
  /** Plugins and libraries that the config names and that were not loaded, because they are not trusted. */
  readonly untrusted: readonly string[];
  readonly checkpoints: readonly string[];
  /** Of the latest checkpoint; null if there is none. */
  readonly state: TrainingState | null;
  readonly parameters: number;
  readonly tensors: readonly TensorInspection[];
  /** What was logged last. */
  readonly last: { readonly step: LogRecord | null; readonly validation: LogRecord | null };
}

/** What is at a path. */
export type Inspection =
  | { readonly kind: 'events'; readonly content: EventInspection }
  | { readonly kind: 'table'; readonly content: TableInspection }
  | { readonly kind: 'draws'; readonly content: DrawInspection }
  | { readonly kind: 'run'; readonly content: RunInspection };

const EXPECTED = 'a data file, a pattern or folder of some, or the folder of a run';

/**
 * Says what is in a data file, a file of draws, or the folder of a run. Of a data file of another layout than that of
 * this package, its columns are shown unless a topology is given. A pattern or a folder of data files is looked at as
 * one, by a topology, or as the first of files with the same columns.
 * @throws UserError for anything else, and for a topology that is given for what is no data file.
 * @example
 * const { kind, content } = await inspect('events.h5');
 * if (kind === 'events') console.log(content.path, content);
 */
export async function inspect(path: string, options: InspectOptions = {}): Promise<Inspection> {
  const { topology, table, plugins = [], trustPlugins, log = silentLog } = options;
  const absolute = runPlace(path).folder;
  const catalogue = await catalogueOf({ plugins });
  const isRun = existsSync(absolute) && statSync(absolute).isDirectory() && !isFolderOfData(absolute, catalogue);
  if (isRun && !existsSync(join(absolute, 'config.yaml')))
    throw new UserError(
      `missing data: ${absolute} holds no data files, and no config.yaml as the folder of a run does`,
    );
  const alike = isRun ? undefined : alikeFiles(absolute, catalogue, EXPECTED);
  const draws = alike && (await openIfDraws(alike));
  using _closed = draws && { [Symbol.dispose]: () => draws.close() };
  if (!alike || draws) {
    const unused = Object.entries({ table, topology }).find(([, value]) => value !== undefined)?.[0];
    if (unused !== undefined) throw new UserError((option) => `unused ${option(unused)}: ${absolute} is no data file`);
    if (draws) return { kind: 'draws', content: contentOf(draws) };
    return { kind: 'run', content: await inspectRun(absolute, log, { trustPlugins }) };
  }
  const { files, format } = alike;
  if (table !== undefined && !format.hasTables)
    throw new UserError((option) => `unused ${option('table')}: ${format.plural} have one table`);
  if (topology === undefined && (await isTable(files[0]!, format)))
    return { kind: 'table', content: await inspectColumns(alike, table) };
  const topologies = topologiesOf(catalogue.plugins);
  const how = { topology: topology ?? DEFAULT_TOPOLOGY, topologies, format, table };
  return { kind: 'events', content: { path: absolute, ...(await inspectEvents(absolute, how)) } };
}

/** Draws are one file of the layout of this package. */
async function openIfDraws({ files: [first, ...others], format }: AlikeFiles): Promise<DrawFile | undefined> {
  return format.opensOwnLayout && others.length === 0 ? DrawFile.openIfDraws(first!) : undefined;
}

/** The columns of the first of some files, which the others have too. */
async function inspectColumns(alike: AlikeFiles, table: string | undefined): Promise<TableInspection> {
  const { files, format } = alike;
  const path = files[0]!;
  if (files.length > 1) await checkColumnsAlike(alike, table);
  const summary = { path, ...(await inspectTable(path, format, { table })) };
  if (files.length === 1) return summary;
  return { ...summary, notes: [...summary.notes, `the first of ${files.length} files, which have the same columns`] };
}

/** Whether a file is to be looked at as columns: it holds some, and has not the layout of events of this package. */
async function isTable(path: string, format: FileFormat): Promise<boolean> {
  if (!format.opensOwnLayout) return true;
  const file = await format.open(path);
  const { columns } = file;
  await file.close();
  return columns.length > 0 && !columns.some(({ name }) => /^(detector|partons)(\/|$)/.test(name));
}

function contentOf(file: DrawFile): DrawInspection {
  const { path, events, draws, particles, hasTruth, hasWeights } = file;
  const { spec: _, ...attributes } = file.attributes();
  return { path, events, draws, particles, hasTruth, hasWeights, attributes };
}

async function inspectRun(path: string, log: Log, options: ConfigOptions): Promise<RunInspection> {
  const directory = new RunDirectory(path);
  directory.checkExists();
  const { choices, training, untrusted } = await shownConfig(directory.config, options);
  const checkpoint = directory.latestCheckpoint(log)?.content;
  const tensors = [...(checkpoint?.weights ?? [])].map(([name, { shape, values }]) => ({
    name,
    shape,
    size: values.length,
  }));
  const records = readLog(path);
  return {
    path,
    choices,
    training,
    untrusted,
    checkpoints: new CheckpointStore(path).list(),
    state: checkpoint?.state ?? null,
    parameters: tensors.reduce((sum, { size }) => sum + size, 0),
    tensors,
    last: { step: lastOf(records, 'step'), validation: lastOf(records, 'validation') },
  };
}

function lastOf(log: readonly LogRecord[], type: LogRecord['type']): LogRecord | null {
  return log.findLast((record) => record.type === type) ?? null;
}
