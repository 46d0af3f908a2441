import { setFlagsFromString } from 'node:v8';
import {
  Assignment,
  type Communicator,
  Distillation,
  type Engine,
  EventSource,
  EventSpec,
  GenerativeModel,
  Metric,
  Reporter,
  Representation,
  Rng,
  type Role,
  Sampler,
  Scaling,
} from '@unfold-zoo/core';
import { type Choice, type Config, service } from '@unfold-zoo/core/config';
import { Ensemble } from '@unfold-zoo/core/ensemble';
import { type EventScaling, fitScaling } from '@unfold-zoo/core/events';
import { onlyWorker } from '@unfold-zoo/core/workers';
import { drawingSeeds } from '../configs/drawing-seeds.js';
import { ProgressDisplay } from '../configs/progress-reporter.js';
import { useEngine } from './engine.js';

/** The parts of a config, assembled: the engine is started and the data are open. For loops of one's own. */
export interface Session {
  readonly config: Config;
  /** The stream of the run's seed. */
  readonly rng: Rng;
  readonly engine: Engine;
  readonly communicator: Communicator;
  readonly source: EventSource;
  readonly metrics: readonly Metric[];
  /** What the truth is described by; undefined for the parton vector itself. */
  readonly representation: Representation | undefined;
  /** Scaling fitted on the training split, or `known` where a run has one. */
  scaling(known?: EventScaling): Promise<EventScaling>;
  /** Builds the model, its initial weights drawn from the run's seed. Whoever builds it disposes it. */
  model(scaling: EventScaling): GenerativeModel;
  /** The config's reporters; `display` is what its reporter `progress` shows with. */
  reporters(display?: Reporter): readonly Reporter[];
}

/**
 * Starts the engine and opens the data of a config, as one of several workers where it is given their communicator. The
 * caller closes the source.
 * @param communicator the workers, joined; by default this process alone.
 * @throws UserError for an engine that does not start, and data that cannot be read.
 * @example
 * const session = await openSession(await readRunConfig('small', { set: { 'data.train': 'events.h5' } }));
 * const model = session.model(await session.scaling());
 */
export async function openSession(config: Config, communicator: Communicator = onlyWorker()): Promise<Session> {
  const { engine } = await useEngine(config);
  const source = assembleSource(config);
  await source.open();
  return sessionOf({ config, engine, source, communicator });
}

/** A session of parts that are started and open. */
export function sessionOf(parts: Pick<Session, 'config' | 'engine' | 'source' | 'communicator'>): Session {
  collectSeldom();
  const { config, source } = parts;
  const { catalogue, choices } = config;
  const rng = new Rng(config.seed);
  const initial = rng.fork('init');
  const representation = assembleRepresentation(config, source.spec);
  return {
    ...parts,
    rng,
    representation,
    metrics: catalogue.assembleAll(Metric, choices, initial),
    scaling: async (known) => known ?? (await fitScaling(source, { ...config.scaling, representation })),
    model: (scaling) => assembleModel(config, source.spec, scaling),
    reporters: (display = {}) => catalogue.assembleAll(Reporter, choices, initial, [service(ProgressDisplay, display)]),
  };
}

/** The data of a config, not open yet. */
export function assembleSource({ catalogue, choices, seed }: Config): EventSource {
  return catalogue.assemble(EventSource, choices, new Rng(seed).fork('init'));
}

/**
 * The representation that a config chooses; undefined for the parton vector as the paper has it, which runs without the
 * key have.
 */
export function chosenRepresentation({ choices }: Pick<Config, 'choices'>): Choice | undefined {
  const choice = choices[Representation.key] as Choice | undefined;
  const changesNothing = choice?.['frame'] !== 'detector' && choice?.['massShell'] !== 'restored';
  return choice?.kind === PAPER && changesNothing ? undefined : choice;
}

/** Kind of the representation of the paper. */
const PAPER = 'paper';

/**
 * What a config describes the truth by; undefined for the parton vector itself.
 * @throws UserError for a representation that does not fit the events.
 */
export function assembleRepresentation(config: Config, spec: EventSpec): Representation | undefined {
  const { catalogue, choices, seed } = config;
  if (!chosenRepresentation(config)) return undefined;
  return catalogue.assemble(Representation, choices, new Rng(seed).fork('init'), [service(EventSpec, spec)]);
}

/** The model of a config, its initial weights drawn from the run's seed. The engine has been started. */
export function assembleModel(config: Config, spec: EventSpec, scaling: EventScaling): GenerativeModel {
  const modelOf = (seed: number): GenerativeModel => assembleOne({ ...config, seed }, spec, scaling);
  const { ensemble, seed } = config;
  if (!ensemble) return modelOf(seed);
  const drawing = drawingSeeds(config)!;
  const members = ensemble.seeds.map((each) => ({ seed: each, model: modelOf(each), draws: drawing.includes(each) }));
  return new Ensemble(members);
}

/** The model, and with a distillation one that is taught to draw in few steps after its own training. */
function assembleOne(config: Omit<Config, 'ensemble'>, spec: EventSpec, scaling: EventScaling): GenerativeModel {
  const model = assembleAssigned(config, spec, scaling);
  if (!config.choices[Distillation.key]) return model;
  return assemblePart(Distillation, config, spec, scaling).distil(model);
}

/** The model, behind the choice of the objects that particles are seen as where a config has one. */
function assembleAssigned(config: Omit<Config, 'ensemble'>, spec: EventSpec, scaling: EventScaling): GenerativeModel {
  if (!config.choices[Assignment.key]) return assemblePart(GenerativeModel, config, spec, scaling);
  const assignment = assemblePart(Assignment, config, spec, scaling);
  return assignment.assign(assemblePart(GenerativeModel, config, assignment.spec, assignment.scaling));
}

/** The sampler that the model of a config draws with; undefined for a model without one. */
export function assembleSampler(config: Config, spec: EventSpec, scaling: EventScaling): Sampler | undefined {
  return config.choices[Sampler.key] && assemblePart(Sampler, config, spec, scaling);
}

function assemblePart<T>(
  role: Role<T>,
  { catalogue, choices, seed }: Pick<Config, 'catalogue' | 'choices' | 'seed'>,
  spec: EventSpec,
  scaling: EventScaling,
): T {
  const services = [service(EventSpec, spec), service(Scaling, scaling)];
  return catalogue.assemble(role, choices, new Rng(seed).fork('init'), services);
}

/**
 * Lets the heap grow to three times what is in use before it is collected, some 100 MB more than V8 would: a training
 * step leaves little, but enough for a collection every sixth step, whose threads take the engine's cores.
 */
function collectSeldom(): void {
  setFlagsFromString('--heap-growing-percent=200');
}
