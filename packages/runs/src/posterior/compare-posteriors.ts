import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { type HostEvents, UserError } from '@unfold-zoo/core';
import { bytesOf, checkOverwritesNoInput, readJson, sha256, writeFileAtomically } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import { axisTitle, choiceName, type PosteriorPlot, pngRenderer, posteriorFigure, unitOf } from '@unfold-zoo/report';
import { z } from 'zod';
import type { Settings } from '../configs/run-config.js';
import type { OnProgress } from '../progress/progress.js';
import { findRuns } from '../run/find-runs.js';
import { type Log, silentLog } from '../run/log.js';
import { openRun } from '../run/open-run.js';
import type { Run } from '../run/run.js';
import { comparePosteriorsOptions } from './compare-posteriors-options.js';
import { checkSameEvent, type EventUnderStudy, readTestEvent, studyEvent } from './event-under-study.js';
import { type PosteriorSummary, summarisePosterior } from './posterior-summary.js';
import { describePosteriors } from './posterior-text.js';

/**
 * How several runs draw for one event: the options of the schema `comparePosteriorsOptions`, and what comes from a
 * program.
 */
export interface ComparePosteriorsOptions extends z.input<typeof comparePosteriorsOptions> {
  /** Changes to the config of every run. */
  readonly set?: Settings;
  /** Whether plugins that runs from elsewhere name may be loaded; see `ConfigOptions`. */
  readonly trustPlugins?: boolean | undefined;
  readonly log?: Log;
  /** Told while similar training events are looked for. */
  readonly onProgress?: OnProgress;
}

/** The same with every default. */
type CheckedOptions = ComparePosteriorsOptions & z.output<typeof comparePosteriorsOptions>;

/** The posteriors of several models for one event, in numbers and pictures. */
export interface PosteriorComparison {
  readonly summary: PosteriorSummary;
  /** One for each quantity, named as its file. */
  readonly figures: readonly { readonly name: string; readonly svg: string }[];
  /** SHA-256 of what the detector saw of the event, and of its truth: tells events of one number from each other. */
  readonly eventHash: string;
  /** The files that all of this was read from; none of them is written over. */
  readonly inputs: readonly string[];
}

/** What one model draws for the event, [draws] for each choice. */
interface DrawnChoices {
  readonly label: string;
  readonly path: string;
  readonly columns: readonly Float64Array[];
}

/**
 * Draws many times for one test event with every run that the folders hold, and compares the draws with its truth and
 * with similar training events.
 * @param folders runs, or benchmarks, whose runs are compared.
 * @throws UserError for folders without trained runs, data that differ between runs, and names that are not known.
 * @example
 * const comparison = await comparePosteriors(['runs/vld', 'runs/cinn'], { event: 7, draws: 1000 });
 * writePosteriors('posteriors/event-7', comparison);
 */
export async function comparePosteriors(
  folders: readonly string[],
  given: ComparePosteriorsOptions,
): Promise<PosteriorComparison> {
  const options = { ...given, ...checkOptions(comparePosteriorsOptions, given) };
  const { draws, set = [], trustPlugins, log = silentLog } = options;
  const runs = await Promise.all(findRuns(folders).map((path) => openRun(path, { set, trustPlugins, log })));
  const labels = distinctLabels(runs);
  let study: EventUnderStudy | undefined;
  const models: DrawnChoices[] = [];
  for (const [i, run] of runs.entries()) {
    try {
      const source = await run.source();
      const event = await readTestEvent(source, options.event);
      study ??= await studyEvent(source, run.scaling, event, options);
      checkSameEvent(study.event, event, run.folder, runs[0]!.folder);
      const columns = finiteRows(await drawChoices(run, study, options));
      const kept = columns[0]?.length ?? 0;
      if (kept === 0) throw new UserError(`no draws of ${labels[i]}: none of ${draws} is of finite numbers`);
      if (kept < draws) log.warn(`${labels[i]}: ${draws - kept} of ${draws} draws are not finite, and are left out`);
      models.push({ label: labels[i]!, path: run.folder, columns });
      log.info(`${labels[i]}: ${kept} draws`);
    } finally {
      await run.close();
    }
  }
  return {
    eventHash: hashOfEvent(study!.event),
    inputs: runs.flatMap((run) => run.inputs()),
    summary: summarise(study!, models, { event: options.event, draws }),
    figures: study!.choices.map((choice, i) => ({
      name: choiceName(study!.spec, choice),
      svg: posteriorFigure(posteriorOf(study!, i, models, options.event)),
    })),
  };
}

/** How a comparison is written. */
export interface WritePosteriorsOptions {
  /** Whether the figures are written as PNG too. */
  readonly png?: boolean;
  /** Whether the posterior of another event is replaced. */
  readonly force?: boolean;
}

/**
 * Writes a comparison into a folder: every figure as SVG, and the numbers as JSON and as text. One of the same event is
 * replaced.
 * @returns the paths of the figures.
 * @throws UserError, before anything is written, for PNG without the packages for it, a folder with the posterior of
 * another event, unless `force`, and one in which a file would be written over that the comparison was read from.
 * @example
 * const figures = writePosteriors('posterior', await comparePosteriors(['runs/vld', 'runs/cvae'], { event: 3 }));
 */
export function writePosteriors(
  folder: string,
  { summary, figures, eventHash, inputs }: PosteriorComparison,
  { png = false, force = false }: WritePosteriorsOptions = {},
): string[] {
  const path = resolve(folder);
  const render = png ? pngRenderer() : undefined;
  const numbersFile = join(path, 'summary.json');
  if (!force) checkSamePosterior(numbersFile, eventHash);
  const pictures = figures.flatMap(({ name, svg }): [string, string | Uint8Array][] => [
    [join(path, `${name}.svg`), `${svg}\n`],
    ...(render ? [[join(path, `${name}.png`), render(svg)] as [string, Uint8Array]] : []),
  ]);
  const files = pictures.map(([file]) => file);
  const all: [string, string | Uint8Array][] = [
    ...pictures,
    [numbersFile, posteriorsJson({ summary, eventHash }, files)],
    [join(path, 'summary.txt'), describePosteriors(summary)],
  ];
  checkOverwritesNoInput(
    all.map(([file]) => file),
    inputs,
  );
  for (const [file, content] of all) writeFileAtomically(file, content);
  return files;
}

/**
 * The numbers of a comparison as JSON, with the paths of its figures.
 * @param files what `writePosteriors` returned.
 * @example
 * console.log(posteriorsJson(comparison, writePosteriors('posterior', comparison)));
 */
export function posteriorsJson(
  { summary, eventHash }: Pick<PosteriorComparison, 'summary' | 'eventHash'>,
  files: readonly string[],
): string {
  const { event, draws, runs, ...numbers } = summary;
  return `${JSON.stringify({ event, eventHash, draws, runs, files, ...numbers }, null, 2)}\n`;
}

// Those of older versions do not say of which event they are.
function checkSamePosterior(path: string, eventHash: string): void {
  if (!existsSync(path)) return;
  const before = hashIn(path);
  if (before === eventHash) return;
  const what = before === undefined ? 'it does not say of which event it is' : 'it is of another event';
  throw new UserError(
    (option) =>
      `existing ${path}: ${what}; choose another folder with ${option('out')}, or replace it with ${option('force')}`,
  );
}

function hashIn(path: string): string | undefined {
  try {
    return readJson(path, z.object({ eventHash: z.string() }), 'the numbers of a posterior').eventHash;
  } catch {
    return undefined;
  }
}

function hashOfEvent({ inputs, partons }: HostEvents): string {
  const observed = Object.entries(inputs).flatMap(([name, { features }]) => [name, bytesOf(features)]);
  return sha256([...observed, ...(partons ? [bytesOf(partons)] : [])]);
}

/** The draws whose chosen quantities are all finite. */
function finiteRows(columns: readonly Float64Array[]): Float64Array[] {
  return columns.map((column) => column.filter((_, draw) => columns.every((each) => Number.isFinite(each[draw]))));
}

/** The name of each run's config, with its folder where two have the same. */
function distinctLabels(runs: readonly Run[]): string[] {
  const folders = runs.map(({ folder }) => basename(folder));
  const names = runs.map(({ config }, i) => config.name ?? folders[i]!);
  const isUnique = (list: readonly string[], i: number): boolean =>
    list.indexOf(list[i]!) === list.lastIndexOf(list[i]!);
  return names.map((name, i) => {
    if (isUnique(names, i)) return name;
    return `${name} ${isUnique(folders, i) ? folders[i] : relative(process.cwd(), runs[i]!.folder)}`;
  });
}

async function drawChoices(
  run: Run,
  { spec, choices }: EventUnderStudy,
  { draws, seed, checkpoint, event }: CheckedOptions,
): Promise<Float64Array[]> {
  const one = { split: 'test', start: event, events: 1, draws, seed } as const;
  for await (const { particles } of run.draw({ ...one, ...(checkpoint !== undefined && { checkpoint }) }))
    return choices.map(({ particle, quantity }) => particles[spec.particles[particle]!.name]![quantity]);
  return [];
}

function posteriorOf(
  { spec, choices, truth, neutrino, reference }: EventUnderStudy,
  index: number,
  models: readonly DrawnChoices[],
  event: number,
): PosteriorPlot {
  const choice = choices[index]!;
  const { name, label } = spec.particles[choice.particle]!;
  const solutions =
    name === spec.neutrinoOfW?.particle && choice.quantity in (neutrino ?? {})
      ? neutrino![choice.quantity as 'eta']
      : [];
  return {
    title: `${label}, test event ${event}`,
    xTitle: axisTitle(spec, choice),
    unit: unitOf(choice.quantity),
    angle: choice.quantity === 'phi',
    models: models.map(({ label, columns }) => ({ label, values: columns[index]! })),
    marks: [{ label: 'W mass solutions', values: solutions }],
    ...(truth && { truth: truth[index]! }),
    ...(reference && {
      reference: { label: 'Similar events', values: reference.values[index]!, weights: reference.weights },
    }),
  };
}

function summarise(
  { spec, choices, truth, neutrino, reference }: EventUnderStudy,
  models: readonly DrawnChoices[],
  { event, draws }: Pick<PosteriorSummary, 'event' | 'draws'>,
): PosteriorSummary {
  return {
    event,
    draws,
    runs: models.map(({ label, path }) => ({ label, path })),
    ...(neutrino && { neutrino }),
    ...(reference && {
      reference: {
        events: reference.events,
        effectiveEvents: reference.effectiveEvents,
        nearest: reference.nearest,
        features: Object.entries(spec.inputs).flatMap(([input, { features }]) =>
          features.map(({ name }) => `${input}.${name}`),
        ),
      },
    }),
    quantities: choices.map((choice, i) =>
      summarisePosterior({
        particle: spec.particles[choice.particle]!.name,
        quantity: choice.quantity,
        unit: unitOf(choice.quantity),
        models: models.map(({ label, columns }) => ({ label, values: columns[i]! })),
        ...(truth && { truth: truth[i]! }),
        ...(reference && { reference: { values: reference.values[i]!, weights: reference.weights } }),
      }),
    ),
  };
}
