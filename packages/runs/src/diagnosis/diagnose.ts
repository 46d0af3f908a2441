import { basename } from 'node:path';
import { type EvaluatedDraws, Evaluator, type EventSource, type Split, UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { readEvents } from '@unfold-zoo/core/events';
import { type Findings, joinFindings } from '@unfold-zoo/core/findings';
import { checkOptions } from '@unfold-zoo/core/options';
import { type DrawFile, openDraws } from '@unfold-zoo/data';
import {
  diagnosticEvaluators,
  exactPosteriorEvaluator,
  membersEvaluator,
  momentumDensity,
} from '@unfold-zoo/diagnostics';
import type { z } from 'zod';
import { drawingSeeds } from '../configs/drawing-seeds.js';
import type { DrawingModel } from '../draws/drawing-model.js';
import type { SamplingResult } from '../draws/sample.js';
import type { SampleOptions } from '../draws/sample-options.js';
import { type DrawsOfFile, drawsOfFile } from '../draws/stored-draws.js';
import { runEvaluators } from '../evaluation/run-evaluators.js';
import type { Log } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { DEFAULT_DRAWS, diagnoseOptions } from './diagnose-options.js';
import { stageWidths } from './stage-widths.js';

/** What is diagnosed and with how many draws: the options of the schema `diagnoseOptions`, a signal and a callback. */
export interface DiagnoseOptions
  extends z.input<typeof diagnoseOptions>,
    Pick<SampleOptions, 'signal' | 'onProgress'> {}

/** Whether the posteriors of a run can be trusted, event by event. */
export interface PosteriorDiagnosis {
  /** What the run is called. */
  readonly label: string;
  /** The file of the draws. */
  readonly file: string;
  readonly events: number;
  /** Draws an event. */
  readonly draws: number;
  /** Verdicts, tables and figures of all evaluators. */
  readonly findings: Required<Findings>;
  /** The files that all of this was read from; no page is written over one of them. */
  readonly inputs: readonly string[];
}

/** The run that is diagnosed. */
export interface DiagnosedRun {
  readonly directory: RunDirectory;
  readonly config: Config;
  readonly log: Log;
  /** Files that the run reads. */
  readonly inputs: readonly string[];
  /** The open data. */
  source(): Promise<EventSource>;
  /** Draws into a file, unless the very same draws are there. */
  sample(options: SampleOptions): Promise<SamplingResult>;
  /** The model with the weights of a checkpoint. */
  model(checkpoint: string): Promise<DrawingModel>;
}

/**
 * Draws what is missing, and lets every diagnostic evaluator judge the draws.
 * @returns undefined if the signal is aborted while it draws: what is drawn is kept, and the next call goes on.
 */
export async function diagnoseRun(
  run: DiagnosedRun,
  options: DiagnoseOptions,
): Promise<PosteriorDiagnosis | undefined> {
  const { directory, config, log } = run;
  const { signal, onProgress } = options;
  const watched = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const { width, only, ...given } = checkOptions(diagnoseOptions, options);
  const { events: limit = DEFAULT_DRAWS.ofRun.events, draws: times = DEFAULT_DRAWS.ofRun.draws } = given;
  const checked = { ...given, events: limit, draws: times };
  const source = await run.source();
  if (source.count(checked.split) > 0 && !source.hasTruth(checked.split))
    throw new UserError(`missing truth: the ${checked.split} split has none, and a diagnosis compares draws with it`);
  const choices = chosen(diagnosticChoices(config, source), only);
  const events = Math.min(limit, source.count(checked.split));
  const out = directory.diagnosisDraws({ ...checked, events, seed: checked.seed ?? config.seed });
  const { outcome, file } = await run.sample({ ...checked, ...watched, out });
  if (outcome === 'interrupted') return undefined;
  const draws = await openDraws(file);
  try {
    const drawn = judgedDraws(draws, source);
    const diagnosed = { ...config, choices: { ...config.choices, [Evaluator.key]: choices } };
    log.info(`diagnosing ${drawn.draws} draws for each of ${drawn.events} events`);
    const { checkpoint, batch, seed = config.seed } = checked;
    const isExact = choices.some(({ kind }) => kind === exactPosteriorEvaluator.kind);
    const density = isExact ? densityOf(await run.model(checkpoint), source, checked.split) : undefined;
    const findings = [await runEvaluators(diagnosed, source, drawn, density)];
    if (width) {
      log.info('measuring where the width of the draws comes from');
      const drawing = await run.model(checkpoint);
      const widths = await stageWidths({ drawing, source, drawn, seed, batch, ...watched });
      if (!widths) return undefined;
      findings.push(widths);
    }
    const found = { events: drawn.events, draws: drawn.draws, findings: joinFindings(findings) };
    return { label: config.name ?? basename(directory.path), file, ...found, inputs: [file, ...run.inputs] };
  } finally {
    draws.close();
  }
}

/** Of diagnosed events, which are the first of their split, the model's own density at the truth. */
function densityOf({ model, scaling }: DrawingModel, source: EventSource, split: Split): EvaluatedDraws['logDensity'] {
  return async (first, count) =>
    momentumDensity({ model, scaling, spec: source.spec }, await readEvents(source, split, first, count));
}

/** The draws of an open file, which are read as they are needed: there may be more than memory holds. */
function judgedDraws(file: DrawFile, source: EventSource): DrawsOfFile {
  const { drawn, notFinite } = drawsOfFile(file, source.spec);
  if (notFinite.length === 0) return drawn;
  throw new UserError(
    `invalid ${file.path}: the draws of ${notFinite.length} of ${file.events} events hold numbers that are not ` +
      'finite; the model needs more training before its posteriors can be judged',
  );
}

/**
 * The config's own evaluators, and the diagnostics that are not among them with their default options: that of
 * members for an ensemble, that against exact posteriors for data that know them.
 */
function diagnosticChoices(config: Config, source: EventSource): readonly { readonly kind: string }[] {
  const { choices } = config;
  const own = (choices[Evaluator.key] ?? []) as readonly { readonly kind: string }[];
  const all = [
    ...diagnosticEvaluators,
    ...((drawingSeeds(config) ?? []).length > 1 ? [membersEvaluator] : []),
    ...(source.exactPosterior ? [exactPosteriorEvaluator] : []),
  ];
  const missing = all.filter(({ kind }) => !own.some((choice) => choice.kind === kind));
  return [...missing.map(({ kind, options }) => ({ ...options.parse({}), kind })), ...own];
}

/** The evaluators of these kinds; all if none is named. */
function chosen<T extends { readonly kind: string }>(all: readonly T[], only: readonly string[]): readonly T[] {
  const known = [...new Set(all.map(({ kind }) => kind))];
  const unknown = only.find((kind) => !known.includes(kind));
  if (unknown !== undefined)
    throw new UserError(`unknown evaluator: "${unknown}"; expected one of ${known.join(', ')}`);
  return only.length === 0 ? all : all.filter(({ kind }) => only.includes(kind));
}
