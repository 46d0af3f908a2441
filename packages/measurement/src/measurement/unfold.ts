import type { Rng } from '@unfold-zoo/core';
import { poissonCounts } from '../response/poisson.js';
import type { Rows } from '../response/response.js';
import type { IterationReport } from '../results/measurement-result.js';
import { type Agreement, agreement } from '../statistics/chi-squared.js';
import { addMatrices, sampleCovariance } from '../statistics/covariance.js';
import type {
  BinnedProblem,
  BinnedUnfolder,
  EventColumns,
  EventUnfolder,
  EventWeights,
  ObserveTruth,
  QualityGate,
  UnfoldedBins,
  UnfoldedEvents,
  Unfolder,
  UnfoldingContext,
} from '../unfolders/unfolder.js';
import {
  type BinnedObservable,
  binSimulation,
  binsOfEvents,
  measuredBins,
  problemOf,
  responseOf,
  type SimulatedColumns,
  trueSums,
} from './binned-sample.js';
import { momentsOf } from './event-moments.js';
import { type Shift, systematicCovariance, type Variation } from './systematics.js';

/** A method with the name that tables give it. */
export interface NamedUnfolder {
  readonly label: string;
  readonly unfolder: Unfolder;
}

/** Everything that is unfolded. */
export interface MeasurementInput {
  readonly observables: readonly BinnedObservable[];
  readonly simulation: SimulatedColumns;
  /** Measured events, and those of backgrounds with weights of the other sign. */
  readonly data: EventColumns;
  /** For methods that give other events than the simulated ones. */
  readonly observeTruth?: ObserveTruth | undefined;
  /** Systematic errors; none unless given. */
  readonly variations?: readonly Variation[];
}

/** How errors are found. */
export interface ErrorOptions {
  /** Bootstrap replicas of the data: correlations between observables, and errors of methods without their own. */
  readonly replicas: number;
  /** Bootstrap replicas of the simulation, for the errors that its finite size makes. */
  readonly simulationReplicas: number;
  readonly rng: Rng;
  readonly signal?: AbortSignal | undefined;
  /** Starts the engine of methods that train networks. Default: nothing, as where it is started. */
  readonly startEngine?: UnfoldingContext['startEngine'];
  readonly onDrawn?: UnfoldingContext['onDrawn'];
  /** Told how many replicas of all methods are done. */
  readonly onReplica?: (done: number, total: number) => void;
}

/** The unfolded spectrum of one observable. */
export interface UnfoldedSpectrum {
  /** [truth] */
  readonly values: readonly number[];
  /** [truth][truth] of the data: propagated by the method, or of replicas where it does not do so. */
  readonly statistical: Rows;
  /** [truth][truth] of the finite simulation, from replicas. */
  readonly simulation: Rows;
  /** What each systematic variation changes. */
  readonly shifts: readonly Shift[];
  readonly decisions: UnfoldedBins['decisions'];
}

/** How an unfolded spectrum agrees with a truth [truth], in errors of data and simulation together. */
export function agreementWith(
  { values, statistical, simulation }: UnfoldedSpectrum,
  truth: readonly number[],
): Agreement {
  const differences = values.map((value, i) => value - truth[i]!);
  return agreement(differences, addMatrices(statistical, simulation));
}

/** What a method makes of a measurement. */
export interface MethodResult {
  readonly label: string;
  /** One for each observable. */
  readonly spectra: readonly UnfoldedSpectrum[];
  /** [bins][bins] of the true bins of all observables one after the other, from replicas of the data. */
  readonly jointCovariance: Rows;
  /** [replicas][bins] of the data: the same bins of each replica. */
  readonly replicas: Rows;
  /** [bins][bins] of the same bins, of all systematic variations together. */
  readonly jointSystematic: Rows;
  /** Iterations of methods of events, the last of which is the result; none of others. */
  readonly iterations: readonly IterationReport[];
  /** Whether the result of a method of events may be trusted; none of others. */
  readonly gates: readonly QualityGate[];
}

/** Unfolds all observables by one method, given weights of the events. */
type Unfold = (weights: EventWeights, decided?: readonly UnfoldedBins['decisions'][]) => Promise<UnfoldedAll>;

interface UnfoldedAll {
  /** One for each observable. */
  readonly spectra: readonly Unfolded[];
  /** Of a method of events. */
  readonly events?: UnfoldedEvents;
}

interface Unfolded {
  readonly values: readonly number[];
  readonly covariance?: Rows;
  readonly decisions: UnfoldedBins['decisions'];
}

/**
 * Unfolds every observable by a method, with errors. Replicas give every event a Poisson number of mean 1 as a factor,
 * the same one for all observables, so that correlations between these are found too. What a method decides, as the
 * strength of a regularisation, it decides once, and keeps in the replicas.
 * @throws UserError for spectra that the method cannot unfold; the reason of a signal that is aborted.
 */
export async function unfoldMeasurement(
  input: MeasurementInput,
  { label, unfolder }: NamedUnfolder,
  options: ErrorOptions,
): Promise<MethodResult> {
  const unfold = await unfoldWith(unfolder, input, options);
  const weights = { simulation: input.simulation.truth.weights, data: input.data.weights };
  const { spectra: nominal, events } = await unfold(weights);
  const decided = nominal.map(({ decisions }) => decisions);
  const total = options.replicas + options.simulationReplicas;
  let done = 0;
  const replicasOf = async (which: keyof EventWeights, count: number): Promise<number[][]> => {
    const replicas: number[][] = [];
    for (let k = 0; k < count; k++) {
      options.signal?.throwIfAborted();
      const changed = { ...weights, [which]: replicaWeights(weights[which], options.rng.fork(`${which} ${k}`)) };
      replicas.push((await unfold(changed, decided)).spectra.flatMap(({ values }) => values));
      options.onReplica?.(++done, total);
      // Lets a signal and a progress bar have their turn.
      await new Promise(setImmediate);
    }
    return replicas;
  };
  const replicas = await replicasOf('data', options.replicas);
  const ofData = sampleCovariance(replicas);
  const ofSimulation = sampleCovariance(await replicasOf('simulation', options.simulationReplicas));
  const shifts = await systematicShifts(input, nominal, async (simulation) => {
    options.signal?.throwIfAborted();
    const varied = { ...input, simulation };
    const weightsOf = { simulation: simulation.truth.weights, data: input.data.weights };
    const found = await (await unfoldWith(unfolder, varied, options))(weightsOf, decided);
    return found.spectra.flatMap(({ values }) => values);
  });
  const jointSystematic = systematicCovariance(shifts, ofData.length);
  const spectra = nominal.map(({ values, covariance, decisions }, k) => ({
    values,
    decisions,
    statistical: covariance ?? block(ofData, nominal, k),
    simulation: block(ofSimulation, nominal, k),
    shifts: shifts.map((each) => shiftOf(each, nominal, k)),
  }));
  const iterations = events?.iterations.map(
    ({ numbers, events: each }): IterationReport => ({
      numbers,
      moments: momentsOf(each),
      values: trueSums(each, input.observables),
    }),
  );
  const told = { iterations: iterations ?? [], gates: events?.gates ?? [] };
  return { label, spectra, jointCovariance: ofData, replicas, jointSystematic, ...told };
}

function replicaWeights(weights: Float64Array, rng: Rng): Float64Array {
  const counts = poissonCounts(weights.length, rng);
  return weights.map((weight, i) => weight * counts[i]!);
}

async function unfoldWith(unfolder: Unfolder, input: MeasurementInput, options: ErrorOptions): Promise<Unfold> {
  return unfolder.input === 'bins' ? ofBins(unfolder, input) : ofEvents(unfolder, input, options);
}

/** What every variation changes in the bins of all observables, one after the other. */
async function systematicShifts(
  { variations = [] }: MeasurementInput,
  nominal: readonly Unfolded[],
  unfold: (simulation: SimulatedColumns) => Promise<readonly number[]>,
): Promise<Shift[]> {
  const values = nominal.flatMap((each) => each.values);
  const change = async (simulation: SimulatedColumns): Promise<number[]> =>
    (await unfold(simulation)).map((value, i) => value - values[i]!);
  const shifts: Shift[] = [];
  for (const { name, up, down } of variations)
    shifts.push({ name, up: await change(up), ...(down && { down: await change(down) }) });
  return shifts;
}

/** Where the bins of one observable are among those of all. */
function rangeOf(spectra: readonly Unfolded[], k: number): readonly [start: number, end: number] {
  const start = spectra.slice(0, k).reduce((sum, { values }) => sum + values.length, 0);
  return [start, start + spectra[k]!.values.length];
}

function shiftOf({ name, up, down }: Shift, spectra: readonly Unfolded[], k: number): Shift {
  const range = rangeOf(spectra, k);
  return { name, up: up.slice(...range), ...(down && { down: down.slice(...range) }) };
}

/** The bins of one observable among those of all. */
function block(covariance: Rows, spectra: readonly Unfolded[], k: number): number[][] {
  const [start, end] = rangeOf(spectra, k);
  return covariance.slice(start, end).map((row) => row.slice(start, end));
}

/** The problem of each observable, given weights of the events; events are put into their bins once. */
export function binnedProblems({
  observables,
  simulation,
  data,
}: MeasurementInput): (weights?: EventWeights) => BinnedProblem[] {
  const simulated = binSimulation(simulation, observables);
  const measured = binsOfEvents(data, observables, 'detector');
  const own = { simulation: simulation.truth.weights, data: data.weights };
  return (weights = own) =>
    observables.map((observable, k) =>
      problemOf(
        observable,
        responseOf(simulated, observables, k, weights.simulation),
        measuredBins(measured[k]!, observable.detector.size, weights.data),
      ),
    );
}

function ofBins(unfolder: BinnedUnfolder, input: MeasurementInput): Unfold {
  const problems = binnedProblems(input);
  return async (weights, decided) => ({
    spectra: problems(weights).map((problem, k) => unfolder.unfold(problem, decided?.[k])),
  });
}

async function ofEvents(
  unfolder: EventUnfolder,
  { observables, simulation, data, observeTruth }: MeasurementInput,
  { startEngine = async () => undefined, signal, onDrawn }: ErrorOptions,
): Promise<Unfold> {
  const unfold = await unfolder.prepare({ simulation, data, observeTruth }, { startEngine, signal, onDrawn });
  return async (weights, decided) => {
    const unfolded = await unfold(weights, decided?.[0]);
    const { decisions } = unfolded;
    return {
      spectra: trueSums(unfolded.events, observables).map((values) => ({ values, decisions })),
      events: unfolded,
    };
  };
}
