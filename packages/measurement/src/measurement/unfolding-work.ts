import type { Rng } from '@unfold-zoo/core';
import type { EventWeights, Unfolder, UnfoldingContext } from '../unfolders/unfolder.js';
import type { SimulatedColumns } from './binned-sample.js';
import { eventsHash } from './events-hash.js';
import type { MeasurementInput } from './measurement-input.js';
import { NO_PARTS, type PartOrigin, type PartStore } from './part-store.js';
import { prepareSpectra, type UnfoldSpectra } from './unfold-spectra.js';

/** A method with the name that tables give it. */
export interface NamedUnfolder {
  readonly label: string;
  readonly unfolder: Unfolder;
  /** The choice of the method and of what it is made with, as text. Without it no part of its work is stored. */
  readonly choice?: string;
}

/** How errors are found. */
export interface ErrorOptions extends Partial<UnfoldingContext> {
  /** Bootstrap replicas of the data: correlations between observables, and errors of methods without their own. */
  readonly replicas: number;
  /** Bootstrap replicas of the simulation, for the errors that its finite size makes. */
  readonly simulationReplicas: number;
  /** Replicas of the data, the first ones, of which the weights of unfolded events are kept too. Default: 0. */
  readonly eventReplicas?: number;
  readonly rng: Rng;
  /** Told how many unfoldings are done that were not done before: one, or several that were stored. */
  readonly onUnfolded?: (unfoldings: number) => void;
}

/** A method at work on a measurement. */
export interface UnfoldingWork {
  readonly label: string;
  readonly unfolder: Unfolder;
  readonly input: MeasurementInput;
  readonly options: ErrorOptions;
  readonly store: PartStore;
  /** What all parts are computed from. */
  readonly origin: PartOrigin;
  /** Prepares the method; once, when it is first needed. */
  prepare(): Promise<UnfoldSpectra>;
  /** The same method for another simulation. */
  varied(simulation: SimulatedColumns): UnfoldingWork;
}

/** Begins the work of a method; nothing is computed yet. */
export function workOf(input: MeasurementInput, method: NamedUnfolder, options: ErrorOptions): UnfoldingWork {
  const { label, unfolder, choice } = method;
  const store = choice === undefined ? NO_PARTS : (options.parts ?? NO_PARTS);
  const origin = store === NO_PARTS ? [] : originOf(input, method, options);
  let prepared: Promise<UnfoldSpectra> | undefined;
  return {
    label,
    unfolder,
    input,
    options,
    store,
    origin,
    prepare: () => {
      const context = { startEngine: async () => undefined, ...options, parts: store, origin };
      prepared ??= prepareSpectra(unfolder, input, context);
      return prepared;
    },
    varied: (simulation) => workOf({ ...input, simulation }, method, options),
  };
}

function originOf(
  { observables, simulation, data }: MeasurementInput,
  { unfolder, choice = '' }: NamedUnfolder,
  { rng }: ErrorOptions,
): PartOrigin {
  const bins = observables.map(({ truth, detector }) => [truth.axes, detector.axes]);
  const depends = unfolder.input === 'events' ? (unfolder.dependsOn?.() ?? '') : '';
  const stream = rng.fork('origin').uniform();
  const events = [simulation.truth, simulation.detector, data].map(eventsHash);
  return [choice, depends, JSON.stringify(bins), stream, ...events];
}

/** The weights of the events as they are. */
export function weightsOf({ simulation, data }: MeasurementInput): EventWeights {
  return { simulation: simulation.truth.weights, data: data.weights };
}
