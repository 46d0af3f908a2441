import type { Rows } from '../response/response.js';
import type { IterationReport } from '../results/measurement-result.js';
import { agreement, type SpectraAgreement } from '../statistics/chi-squared.js';
import { addMatrices, sampleCovariance } from '../statistics/covariance.js';
import type { EventColumns, EventWeights, QualityGate, UnfoldedBins } from '../unfolders/unfolder.js';
import { trueSums } from './binned-sample.js';
import { checkReplicas, chooseIteration } from './choose-iteration.js';
import { momentsOf } from './event-moments.js';
import { type LeftOut, sortFailed } from './failed.js';
import type { MeasurementInput } from './measurement-input.js';
import { storedPart } from './part-store.js';
import { makeReplicas, type Replica, replicaEvents, storedReplicas } from './replicas.js';
import { systematicShifts } from './systematic-shifts.js';
import { type Shift, systematicCovariance } from './systematics.js';
import {
  binnedProblems,
  binsOfCandidate,
  candidateEvents,
  type UnfoldedSpectra,
  type UnfoldedValues,
} from './unfold-spectra.js';
import { type ErrorOptions, type NamedUnfolder, type UnfoldingWork, weightsOf, workOf } from './unfolding-work.js';

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
): SpectraAgreement {
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
  /** [replicas][bins] of the data: the same bins of each replica that could be unfolded. */
  readonly replicas: Rows;
  /** Replicas of the data and of the simulation that could not be, by which; all errors are without them. */
  readonly leftOut: Partial<Readonly<Record<keyof EventWeights, LeftOut>>>;
  /** [bins][bins] of the same bins, of all systematic variations together. */
  readonly jointSystematic: Rows;
  /** Iterations of methods of events; none of others. */
  readonly iterations: readonly IterationReport[];
  /** Which iteration is the result and why, as a sentence. */
  readonly ended?: string;
  /** Whether the result of a method of events may be trusted; none of others. */
  readonly gates: readonly QualityGate[];
  /** The unfolded events of a method of events. */
  readonly events?: EventColumns;
  /** [replicas][n] their weights in replicas of the data, as many as were asked for. */
  readonly replicaWeights: readonly Float64Array[];
}

/** A method that has unfolded the data, and not yet their replicas and the systematic variations. */
export interface StartedUnfolding {
  /** How long one unfolding took, with drawing and other preparations left out. */
  readonly secondsPerUnfolding: number;
  /**
   * Unfolds the rest.
   * @throws the reason of a signal that is aborted; what is finished then is stored.
   */
  finish(): Promise<MethodResult>;
}

/** How many unfoldings a method makes: of the data, of replicas, and with other simulations. */
export function unfoldingsOf(
  { variations = [] }: Pick<MeasurementInput, 'variations'>,
  { replicas, simulationReplicas }: Pick<ErrorOptions, 'replicas' | 'simulationReplicas'>,
): number {
  const varied = variations.reduce((sum, { down }) => sum + (down ? 2 : 1), 0);
  return 1 + replicas + simulationReplicas + varied;
}

/**
 * Unfolds every observable by a method, with errors. Replicas give every event a Poisson number of mean 1 as a factor,
 * the same one for all observables, so that correlations between these are found too. What a method decides, as the
 * strength of a regularisation, it decides once, and keeps in the replicas.
 * @throws UserError for spectra that the method cannot unfold; the reason of a signal that is aborted.
 */
export async function unfoldMeasurement(
  input: MeasurementInput,
  method: NamedUnfolder,
  options: ErrorOptions,
): Promise<MethodResult> {
  return (await startUnfolding(input, method, options)).finish();
}

/** Unfolds the data by a method as `unfoldMeasurement` does, and leaves the errors for later. */
export async function startUnfolding(
  input: MeasurementInput,
  method: NamedUnfolder,
  options: ErrorOptions,
): Promise<StartedUnfolding> {
  const { unfolder } = method;
  if (unfolder.input === 'events') await unfolder.begin?.(options);
  const work = workOf(input, method, options);
  if (unfolder.input === 'events' && unfolder.stop === 'bottom-line')
    checkReplicas(input.observables, options.replicas);
  const nominal = await unfoldData(work);
  const stored = {
    data: storedReplicas(work, 'data', options.replicas),
    simulation: storedReplicas(work, 'simulation', options.simulationReplicas),
  };
  options.onUnfolded?.(1 + stored.data.length + stored.simulation.length);
  return { secondsPerUnfolding: nominal.seconds, finish: () => finish(work, nominal, stored) };
}

/** The result of the data, as it is stored. */
interface Nominal extends Pick<UnfoldedSpectra, 'candidates'> {
  /** Of a method of events, for each candidate. */
  readonly events: readonly EventColumns[];
  readonly iterations: readonly IterationReport[];
  readonly ended?: string | undefined;
  readonly gates: readonly QualityGate[];
  readonly seconds: number;
}

function unfoldData({ input, store, origin, unfolder, prepare }: UnfoldingWork): Promise<Nominal> {
  return storedPart(store, [...origin, 'nominal'], async () => {
    const unfold = await prepare();
    const start = performance.now();
    const { candidates, unfolded } = await unfold(weightsOf(input));
    const seconds = (performance.now() - start) / 1000;
    if (!unfolded || unfolder.input === 'bins') return { candidates, events: [], iterations: [], gates: [], seconds };
    const iterations = unfolded.iterations.map(({ numbers, events }) => ({
      numbers,
      moments: momentsOf(events),
      values: trueSums(events, input.observables),
    }));
    const events = candidateEvents(unfolder, unfolded).map(({ columns, weights }) => ({ columns, weights }));
    const { gates, ended } = unfolded;
    return { candidates, events, iterations, ended, gates, seconds };
  });
}

async function finish(
  work: UnfoldingWork,
  nominal: Nominal,
  stored: Readonly<Record<keyof EventWeights, readonly Replica[]>>,
): Promise<MethodResult> {
  const { candidates, events, gates } = nominal;
  const decided = candidates[0]!.map(({ decisions }) => decisions);
  const replicasOf = (which: keyof EventWeights, count: number): Promise<readonly Replica[]> =>
    makeReplicas(work, which, { decided, count, stored: stored[which] });
  const ofData = await replicasOf('data', work.options.replicas);
  const data = sortFailed(ofData);
  const simulation = sortFailed(await replicasOf('simulation', work.options.simulationReplicas));
  const { index, ...told } = chooseCandidate(work, nominal, data.found);
  const ofChosen = binsOfCandidate(candidates, index);
  const replicas = data.found.map(ofChosen);
  const simulated = simulation.found.map(ofChosen);
  const shifts = (await systematicShifts(work, candidates)).map(({ name, up, down }) => {
    return { name, up: ofChosen(up), ...(down && { down: ofChosen(down) }) };
  });
  const spectra = spectraOf(candidates[index]!, {
    ofData: sampleCovariance(replicas),
    ofSimulation: sampleCovariance(simulated),
    shifts,
  });
  return {
    label: work.label,
    spectra: candidates.length === 1 ? spectra : spectra.map((each) => withChoice(each, index)),
    jointCovariance: sampleCovariance(replicas),
    replicas,
    leftOut: {
      ...(data.leftOut && { data: data.leftOut }),
      ...(simulation.leftOut && { simulation: simulation.leftOut }),
    },
    jointSystematic: systematicCovariance(shifts, replicas[0]!.length),
    ...told,
    gates,
    ...(events[index] && { events: events[index] }),
    replicaWeights: events[index] ? await replicaEvents(work, decided, { candidate: index, replicas: ofData }) : [],
  };
}

/** The errors of all bins of all observables, one after the other. */
interface JointErrors {
  readonly ofData: Rows;
  readonly ofSimulation: Rows;
  readonly shifts: readonly Shift[];
}

/** The spectra of a candidate, each with its part of the errors. */
function spectraOf(
  candidate: readonly UnfoldedValues[],
  { ofData, ofSimulation, shifts }: JointErrors,
): UnfoldedSpectrum[] {
  return candidate.map(({ values, covariance, decisions }, k) => ({
    values,
    decisions,
    statistical: covariance ?? block(ofData, candidate, k),
    simulation: block(ofSimulation, candidate, k),
    shifts: shifts.map((each) => shiftOf(each, candidate, k)),
  }));
}

function withChoice(spectrum: UnfoldedSpectrum, index: number): UnfoldedSpectrum {
  return { ...spectrum, decisions: { ...spectrum.decisions, chosen: index + 1 } };
}

/** Which candidate is the result, and what is told of the iterations. */
function chooseCandidate(
  { unfolder, input }: UnfoldingWork,
  { candidates, iterations, ended }: Nominal,
  replicas: Rows,
): Pick<MethodResult, 'iterations' | 'ended'> & { readonly index: number } {
  if (unfolder.input === 'bins' || unfolder.stop !== 'bottom-line') {
    return { index: 0, iterations, ...(ended !== undefined && { ended }) };
  }
  const { index, ratios } = chooseIteration(binnedProblems(input)(), candidates, replicas);
  return {
    index,
    iterations: iterations.map((each, n) => ({ ...each, numbers: { ...each.numbers, 'bottom line': ratios[n]! } })),
    ended: `The result is iteration ${index + 1} of ${ratios.length}, by the bottom line${reasonOf(ratios, index)}.`,
  };
}

function reasonOf(ratios: readonly number[], index: number): string {
  if (!(ratios[index]! <= 1)) return ', which no iteration meets';
  return index + 1 < ratios.length ? ', which the next one does not meet' : ', which all of them meet';
}

/** Where the bins of one observable are among those of all. */
function rangeOf(spectra: readonly UnfoldedValues[], k: number): readonly [start: number, end: number] {
  const start = spectra.slice(0, k).reduce((sum, { values }) => sum + values.length, 0);
  return [start, start + spectra[k]!.values.length];
}

function shiftOf({ name, up, down }: Shift, spectra: readonly UnfoldedValues[], k: number): Shift {
  const range = rangeOf(spectra, k);
  return { name, up: up.slice(...range), ...(down && { down: down.slice(...range) }) };
}

/** The bins of one observable among those of all. */
function block(covariance: Rows, spectra: readonly UnfoldedValues[], k: number): number[][] {
  const [start, end] = rangeOf(spectra, k);
  return covariance.slice(start, end).map((row) => row.slice(start, end));
}
