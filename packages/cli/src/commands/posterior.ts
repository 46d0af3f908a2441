import { basename, join, relative, resolve } from 'node:path';
import { type EventScaling, type EventSpec, type HostEvents, Rng, UserError } from '@unfold-zoo/core';
import { alternatives, type Config } from '@unfold-zoo/core/config';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import { loadWeights } from '@unfold-zoo/core/training';
import { KINEMATIC_QUANTITIES, type KinematicQuantity, partonColumns } from '@unfold-zoo/metrics';
import {
  axisTitle,
  type BruteForceReference,
  bruteForceReference,
  choiceName,
  type FigureChoice,
  highlights,
  leptonAndMissing,
  type NeutrinoSolutions,
  neutrinoSolutions,
  type Posterior,
  pngRenderer,
  posteriorFigure,
  quantityColumn,
  unitOf,
} from '@unfold-zoo/report';
import { drawEvent } from '../event-draws.js';
import { findRuns } from '../find-runs.js';
import { createLog, type Log } from '../log.js';
import { describePosteriors, type PosteriorSummary, summarisePosterior } from '../posterior-summary.js';
import { progressBar } from '../progress.js';
import type { RunDirectory } from '../run-directory.js';
import { openSession, readRunConfig, type Session } from '../session.js';

/** Options of `unfold posterior`. */
export interface PosteriorOptions {
  readonly event: number;
  readonly draws: number;
  readonly particle: readonly string[];
  readonly quantity: readonly string[];
  readonly reference?: boolean;
  readonly set: readonly string[];
  readonly checkpoint: string;
  readonly seed: number;
  readonly out?: string;
  readonly png?: boolean;
  readonly json?: boolean;
}

/** `unfold posterior <runs...> --event <n>`. */
export async function posteriorCommand(folders: readonly string[], options: PosteriorOptions): Promise<void> {
  const log = createLog({ quiet: options.json === true });
  const summary = await posterior(folders, options, log);
  process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : describePosteriors(summary));
  await log.close();
}

/** What one model draws for the event, [draws] for each choice. */
interface ModelDraws {
  readonly label: string;
  readonly path: string;
  readonly columns: readonly Float64Array[];
}

/** Everything about the event that does not come from a model. */
interface Question {
  readonly spec: EventSpec;
  readonly event: HostEvents;
  readonly choices: readonly FigureChoice[];
  /** For each choice, if the truth is known. */
  readonly truth: readonly number[] | undefined;
  readonly neutrino: NeutrinoSolutions | undefined;
  readonly reference: BruteForceReference | undefined;
}

/** Draws for one event with every run, writes figures and summaries, and returns the summary. */
export async function posterior(
  folders: readonly string[],
  options: PosteriorOptions,
  log: Log,
): Promise<PosteriorSummary> {
  const runs = findRuns(folders);
  const png = options.png ? pngRenderer() : undefined;
  const configs = await Promise.all(runs.map((run) => readRunConfig(run.config, options.set)));
  const labels = distinctLabels(runs, configs);
  let question: Question | undefined;
  const models: ModelDraws[] = [];
  for (const [i, run] of runs.entries()) {
    const session = await openSession(configs[i]!);
    try {
      const scaling = scalingOf(run);
      const event = await readEvent(session, options.event);
      question ??= await ask(session, scaling, event, options);
      checkSameEvent(question, event, run, runs[0]!);
      const partons = await drawWith({ session, run, scaling, event, log }, options);
      const columns = partonColumns(session.source.spec, partons);
      const { choices } = question;
      models.push({ label: labels[i]!, path: run.path, columns: choices.map((each) => quantityColumn(columns, each)) });
      log.info(`${labels[i]}: ${options.draws} draws`);
    } finally {
      await session.source.close();
    }
  }
  const folder = resolve(options.out ?? join(folders[0]!, 'posterior', `event-${options.event}`));
  const figures = question!.choices.map((choice, i) => ({
    name: choiceName(question!.spec, choice),
    svg: posteriorFigure(posteriorOf(question!, i, models, options)),
  }));
  const files = figures.flatMap(({ name, svg }) => {
    const paths = [join(folder, `${name}.svg`)];
    writeFileAtomically(paths[0]!, `${svg}\n`);
    if (png) {
      paths.push(join(folder, `${name}.png`));
      writeFileAtomically(paths[1]!, png(svg));
    }
    return paths;
  });
  const summary = summarise(question!, models, { ...options, files });
  writeFileAtomically(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  writeFileAtomically(join(folder, 'summary.txt'), describePosteriors(summary));
  log.info(`figures: ${folder}`);
  return summary;
}

/** The name of each run's config, with its folder where two have the same. */
function distinctLabels(runs: readonly RunDirectory[], configs: readonly Config[]): string[] {
  const folders = runs.map(({ path }) => basename(path));
  const names = configs.map(({ name }, i) => name ?? folders[i]!);
  const isUnique = (list: readonly string[], i: number): boolean =>
    list.indexOf(list[i]!) === list.lastIndexOf(list[i]!);
  return names.map((name, i) => {
    if (isUnique(names, i)) return name;
    return `${name} ${isUnique(folders, i) ? folders[i] : relative(process.cwd(), runs[i]!.path)}`;
  });
}

function scalingOf(run: RunDirectory): EventScaling {
  if (run.scaling) return run.scaling;
  throw new UserError(`missing ${join(run.path, 'scaling.json')}: the run is not complete`);
}

async function readEvent({ source }: Session, number: number): Promise<HostEvents> {
  const events = source.count('test');
  if (events === 0)
    throw new UserError('empty test split: there is no event to draw for; name a file with --set data.test=events.h5');
  if (number >= events)
    throw new UserError(
      `invalid --event ${number}: the test split has ${events} events, so expected 0 to ${events - 1}`,
    );
  return source.read('test', number, 1);
}

async function ask(
  { source }: Session,
  scaling: EventScaling,
  event: HostEvents,
  options: PosteriorOptions,
): Promise<Question> {
  const { spec } = source;
  const choices = chosen(spec, options);
  const known = !Number.isNaN(event.partons[0]);
  const columns = partonColumns(spec, event.partons);
  // Without a neutrino of a W boson among the particles, the constraint says nothing.
  const hasNeutrino = spec.particles.some(({ name }) => name === 'neutrino');
  const observed = hasNeutrino ? leptonAndMissing(spec, event) : undefined;
  return {
    spec,
    event,
    choices,
    truth: known ? choices.map((choice) => quantityColumn(columns, choice)[0]!) : undefined,
    neutrino: observed && neutrinoSolutions(observed),
    reference: options.reference ? await readReference({ source, scaling, event, choices }) : undefined,
  };
}

async function readReference(
  question: Omit<Parameters<typeof bruteForceReference>[0], 'onProgress'>,
): Promise<BruteForceReference> {
  const bar = progressBar('reading training events {bar} {value}/{total}');
  bar.start(question.source.count('train'), 0);
  try {
    return await bruteForceReference({ ...question, onProgress: (done) => bar.update(done) });
  } finally {
    bar.stop();
  }
}

/** What is shown unless something is asked for, as in the paper's Figure 4: the neutrino's eta, and what a report shows first. */
function chosen(spec: EventSpec, { particle, quantity }: PosteriorOptions): FigureChoice[] {
  const names = spec.particles.map(({ name }) => name);
  const particles = named('particle', particle, names).map((name) => names.indexOf(name));
  const quantities = named('quantity', quantity, KINEMATIC_QUANTITIES) as KinematicQuantity[];
  if (particle.length > 0 || quantity.length > 0)
    return particles.flatMap((each) => quantities.map((one) => ({ particle: each, quantity: one })));
  const neutrino = names.indexOf('neutrino');
  return [...(neutrino < 0 ? [] : [{ particle: neutrino, quantity: 'eta' as const }]), ...highlights(spec)];
}

const plural = { particle: 'particles', quantity: 'quantities' } as const;

/** The names asked for; all of them for none and for `all`. */
function named(what: 'particle' | 'quantity', asked: readonly string[], known: readonly string[]): readonly string[] {
  const unknown = asked.find((name) => name !== 'all' && !known.includes(name));
  if (unknown !== undefined)
    throw new UserError(`unknown --${what} ${unknown}${alternatives(unknown, plural[what], known)}`);
  return asked.length === 0 || asked.includes('all') ? known : [...new Set(asked)];
}

function checkSameEvent({ event }: Question, other: HostEvents, run: RunDirectory, first: RunDirectory): void {
  const same = (a: Float32Array, b: Float32Array | undefined): boolean =>
    a.length === b?.length && a.every((value, i) => Object.is(value, b[i]));
  const inputs = Object.entries(event.inputs).every(([name, { features }]) =>
    same(features, other.inputs[name]?.features),
  );
  if (inputs && same(event.partons, other.partons)) return;
  throw new UserError(
    `different events: test data of ${run.path} are not those of ${first.path}; give all the same with --set data.test=events.h5`,
  );
}

interface Drawing {
  readonly session: Session;
  readonly run: RunDirectory;
  readonly scaling: EventScaling;
  readonly event: HostEvents;
  readonly log: Log;
}

async function drawWith(drawing: Drawing, options: PosteriorOptions): Promise<Float64Array> {
  const { session, run, scaling, event, log } = drawing;
  const { content: weights, path } = run.samplingWeights(options.checkpoint, log);
  const model = session.model(scaling);
  loadWeights(model, weights, path);
  const rng = new Rng(options.seed).fork(`posterior of event ${options.event}`);
  try {
    return await drawEvent({ model, spec: session.source.spec, scaling, event, draws: options.draws, rng });
  } finally {
    model.dispose();
  }
}

function posteriorOf(
  { spec, choices, truth, neutrino, reference }: Question,
  index: number,
  models: readonly ModelDraws[],
  { event }: PosteriorOptions,
): Posterior {
  const choice = choices[index]!;
  const { name, label } = spec.particles[choice.particle]!;
  const solutions =
    name === 'neutrino' && choice.quantity in (neutrino ?? {}) ? neutrino![choice.quantity as 'eta'] : [];
  return {
    title: `${label}, test event ${event}`,
    xTitle: axisTitle(spec, choice),
    unit: unitOf(choice.quantity),
    angle: choice.quantity === 'phi',
    models: models.map(({ label, columns }) => ({ label, values: columns[index]! })),
    marks: { label: 'W mass solutions', values: solutions },
    ...(truth && { truth: truth[index]! }),
    ...(reference && {
      reference: { label: 'Similar events', values: reference.values[index]!, weights: reference.weights },
    }),
  };
}

function summarise(
  { spec, choices, truth, neutrino, reference }: Question,
  models: readonly ModelDraws[],
  { event, draws, files }: PosteriorOptions & { readonly files: readonly string[] },
): PosteriorSummary {
  return {
    event,
    draws,
    runs: models.map(({ label, path }) => ({ label, path })),
    files,
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
