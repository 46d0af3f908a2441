import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { CheckpointStore, type LogRecord, readLog, type TrainingState } from '@unfold-zoo/core/training';
import { type EventSummary, type Histogram, inspectEvents, type NumberSummary, openDraws } from '@unfold-zoo/data';
import { terminalHistogram } from '@unfold-zoo/report';
import { createLog, type Log } from '../log.js';
import { duration } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { readRunConfig } from '../session.js';

/** Options of `unfold inspect`. */
export interface InspectOptions {
  readonly topology: string;
  readonly json?: boolean;
}

/** `unfold inspect <path>`: a data file, a file of draws, or a run. */
export async function inspectCommand(path: string, options: InspectOptions): Promise<void> {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new UserError(`missing ${absolute}: expected an HDF5 file or the folder of a run`);
  const log = createLog();
  const { text, json } = await inspect(absolute, options, log);
  process.stdout.write(options.json ? `${JSON.stringify(json, null, 2)}\n` : text());
  await log.close();
}

/** A finding, for people and for programs. */
interface Finding {
  readonly json: unknown;
  text(): string;
}

async function inspect(path: string, options: InspectOptions, log: Log): Promise<Finding> {
  if (statSync(path).isDirectory()) return inspectRun(new RunDirectory(path), log);
  return (await isDrawFile(path)) ? inspectDraws(path) : inspectData(path, options.topology);
}

async function isDrawFile(path: string): Promise<boolean> {
  try {
    (await openDraws(path)).close();
    return true;
  } catch {
    return false;
  }
}

async function inspectData(path: string, topology: string): Promise<Finding> {
  const summary = await inspectEvents(path, { topology });
  return { json: { path, ...summary }, text: () => describeData(path, summary) };
}

function describeData(path: string, summary: EventSummary): string {
  const partons = summary.particles.flatMap(({ label, quantities }) =>
    quantities.map((each) => numberRow(`${label} ${each.name}`, each)),
  );
  const inputs = summary.inputs.map(({ name, capacity, fill, multiplicity, features }) => {
    const most = multiplicity.findLastIndex((count) => count > 0);
    const heading = `${name}: up to ${capacity} objects, ${percent(fill)} of the slots filled, most in an event ${most}`;
    return [heading, ...table(features.map((each) => numberRow(each.name, each)))].join('\n');
  });
  return [
    `${path}: ${summary.inspected} events of ${summary.topology}`,
    describeWeights(summary),
    '',
    'partons',
    ...table(partons),
    '',
    inputs.join('\n\n'),
    '',
    ...summary.histograms.filter(({ name }) => SHOWN.test(name)).map(histogramText),
    '',
  ].join('\n');
}

// All of them are in --json.
const SHOWN = /^(Hadronic t mass|Leptonic W mass|objects pt|objects multiplicity|met met)$/;

function describeWeights({ weights }: EventSummary): string {
  if (!weights) return 'no event weights: every event counts the same';
  const effective = Math.round(weights.effective);
  return `event weights from ${weights.min} to ${weights.max}, ${weights.negative} negative, ${effective} effective events`;
}

function numberRow(name: string, { unit, min, max, mean, standardDeviation }: NumberSummary): string[] {
  return [
    name,
    unit,
    ...[mean, standardDeviation, min, max].map((value) => (value === null ? '-' : significant(value))),
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const all = [['', 'unit', 'mean', 'sd', 'min', 'max'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '),
  );
}

function significant(value: number): string {
  return Math.abs(value) < 1e-10 ? '0' : String(Number(value.toPrecision(4)));
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

const MOST_ROWS = 25;

// Neighbouring bins joined until the picture fits a screen.
function histogramText({ counts, edges, name, unit }: Histogram): string {
  const joined = Math.ceil(counts.length / MOST_ROWS);
  const rows = Math.ceil(counts.length / joined);
  const sum = (_: unknown, row: number): number =>
    counts.slice(row * joined, (row + 1) * joined).reduce((total, count) => total + count, 0);
  const ends = Array.from({ length: rows + 1 }, (_, row) => edges[Math.min(row * joined, counts.length)]!);
  return terminalHistogram(Array.from({ length: rows }, sum), ends, { label: name, unit });
}

async function inspectDraws(path: string): Promise<Finding> {
  const file = await openDraws(path);
  const { events, draws, particles, hasTruth, hasWeights } = file;
  const { spec: _, ...attributes } = file.attributes();
  file.close();
  const text = (): string =>
    [
      `${path}: ${draws} x ${events} draws of ${particles.length} particles`,
      `truth ${hasTruth ? 'included' : 'not known'}, event weights ${hasWeights ? 'included' : 'none'}`,
      ...Object.entries(attributes).map(([name, value]) => `${name}: ${value}`),
      '',
    ].join('\n');
  return { json: { path, events, draws, particles, hasTruth, hasWeights, attributes }, text };
}

async function inspectRun(directory: RunDirectory, log: Log): Promise<Finding> {
  directory.checkExists();
  const config = await readRunConfig(directory.config);
  const checkpoints = new CheckpointStore(directory.path).list();
  const checkpoint = directory.latestCheckpoint(log)?.content;
  const tensors = [...(checkpoint?.weights ?? [])].map(([name, { shape, values }]) => ({
    name,
    shape,
    size: values.length,
  }));
  const parameters = tensors.reduce((sum, { size }) => sum + size, 0);
  const records = readLog(directory.path);
  const json = {
    path: directory.path,
    choices: config.choices,
    training: config.training,
    checkpoints,
    state: checkpoint?.state ?? null,
    parameters,
    tensors,
    last: { step: lastOf(records, 'step'), validation: lastOf(records, 'validation') },
  };
  return { json, text: () => describeRun(json, config.choices['model'] as { kind: string }) };
}

function lastOf(log: readonly LogRecord[], type: LogRecord['type']): LogRecord | null {
  return log.findLast((record) => record.type === type) ?? null;
}

interface RunFinding {
  readonly path: string;
  readonly checkpoints: readonly string[];
  readonly state: TrainingState | null;
  readonly parameters: number;
  readonly tensors: readonly { name: string; size: number }[];
  readonly last: { readonly step: LogRecord | null; readonly validation: LogRecord | null };
}

function describeRun(
  { path, checkpoints, state, parameters, tensors, last }: RunFinding,
  model: { kind: string },
): string {
  const parts = new Map<string, number>();
  for (const { name, size } of tensors) {
    const part = name.split('.')[0]!;
    parts.set(part, (parts.get(part) ?? 0) + size);
  }
  const losses = Object.entries(last).flatMap(([name, record]) =>
    record ? [`last ${name}: ${lossLine(record)}`] : [],
  );
  return [
    `${path}: model ${model.kind}, ${parameters} parameters`,
    ...[...parts].map(([name, size]) => `  ${name}: ${size}`),
    state
      ? `stage ${state.stage}, ${state.step} steps in ${duration(state.elapsedSeconds)}${state.finished ? ', finished' : ''}`
      : 'no checkpoint yet',
    `checkpoints: ${checkpoints.join(', ') || 'none'}`,
    ...losses,
    '',
  ].join('\n');
}

function lossLine({ step, loss, terms }: LogRecord): string {
  const listed = Object.entries(terms).map(([name, value]) => `${name} ${significant(value)}`);
  return `step ${step}, loss ${significant(loss)} (${listed.join(', ')})`;
}
