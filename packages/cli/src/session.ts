import { setFlagsFromString } from 'node:v8';
import {
  Communicator,
  Engine,
  Evaluator,
  type EventScaling,
  EventSource,
  EventSpec,
  GenerativeModel,
  Metric,
  Reporter,
  Rng,
  Scaling,
} from '@unfold-zoo/core';
import { type Config, loadConfig, service } from '@unfold-zoo/core/config';
import { fitScaling } from '@unfold-zoo/core/events';
import { onlyWorker } from '@unfold-zoo/core/workers';
import { baseConfig, builtInPlugins, presets } from './built-in.js';

/** Every role that the command line itself asks for. */
const ROOTS = [Engine, Communicator, EventSource, GenerativeModel, Metric, Evaluator, Reporter] as const;

/** Reads a config with the built-in plugins and presets, and refuses roles that nothing uses. */
export async function readRunConfig(config: string, overrides: readonly string[] = []): Promise<Config> {
  const read = await loadConfig({ config, overrides, plugins: builtInPlugins, presets: presets(), base: baseConfig });
  checkRunConfig(read);
  return read;
}

/** Refuses a config that lacks a role that its run needs, or has one that nothing uses. */
export function checkRunConfig({ catalogue, choices }: Config): void {
  catalogue.checkUnused(ROOTS, choices);
}

/** A run whose engine is started and whose data are open. */
export interface Session {
  readonly config: Config;
  readonly rng: Rng;
  readonly engine: Engine;
  readonly communicator: Communicator;
  readonly source: EventSource;
  readonly metrics: readonly Metric[];
  /** Standardisation fitted on the training split, or `known` where a run has one. */
  scaling(known?: EventScaling): Promise<EventScaling>;
  /** Builds the model, its initial weights drawn from the run's seed. */
  model(scaling: EventScaling): GenerativeModel;
  reporters(): readonly Reporter[];
}

/**
 * Lets the heap grow to three times what is in use before it is collected, some 100 MB more than V8 would: a training
 * step leaves little, but enough for a collection every sixth step, whose threads take the engine's cores.
 */
function collectSeldom(): void {
  setFlagsFromString('--heap-growing-percent=200');
}

/** Starts the engine and opens the data of a config, as one of several workers where it is given their communicator. */
export async function openSession(config: Config, communicator: Communicator = onlyWorker()): Promise<Session> {
  collectSeldom();
  const { catalogue, choices, seed } = config;
  const rng = new Rng(seed);
  const initial = rng.fork('init');
  const engine = catalogue.assemble(Engine, choices, initial);
  await engine.start();
  const source = catalogue.assemble(EventSource, choices, initial);
  await source.open();
  return {
    config,
    rng,
    engine,
    source,
    communicator,
    metrics: catalogue.assembleAll(Metric, choices, initial),
    scaling: async (known) => known ?? (await fitScaling(source, config.scaling)),
    model: (scaling) =>
      catalogue.assemble(GenerativeModel, choices, initial, [
        service(EventSpec, source.spec),
        service(Scaling, scaling),
      ]),
    reporters: () => catalogue.assembleAll(Reporter, choices, initial),
  };
}
