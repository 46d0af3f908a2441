import type { Rows } from '../response/response.js';
import type {
  BinnedProblem,
  BinnedUnfolder,
  EventColumns,
  EventUnfolder,
  EventWeights,
  UnfoldedBins,
  UnfoldedEvents,
  Unfolder,
  UnfoldingContext,
} from '../unfolders/unfolder.js';
import { binSimulation, binsOfEvents, measuredBins, problemOf, responseOf, trueSums } from './binned-sample.js';
import type { MeasurementInput } from './measurement-input.js';

/** Unfolds all observables by one method, given weights of the events. */
export type UnfoldSpectra = (
  weights: EventWeights,
  decided?: readonly UnfoldedBins['decisions'][],
) => Promise<UnfoldedSpectra>;

/** What a method makes of all observables. */
export interface UnfoldedSpectra {
  /** [candidates][observables] The result alone, or all iterations among which it is to be chosen. */
  readonly candidates: readonly (readonly UnfoldedValues[])[];
  /** Of a method of events. */
  readonly unfolded?: UnfoldedEvents;
}

/** [candidates, observables, bins] all numbers of a result, one after the other. */
export function binsOfSpectra({ candidates }: Pick<UnfoldedSpectra, 'candidates'>): number[] {
  return candidates.flat().flatMap(({ values }) => values);
}

/** Takes the bins of one candidate from those of all. */
export function binsOfCandidate(candidates: UnfoldedSpectra['candidates'], index: number) {
  const size = binsOfSpectra({ candidates: [candidates[index]!] }).length;
  return (row: readonly number[]): readonly number[] => row.slice(index * size, (index + 1) * size);
}

/** The events of each candidate of a method. */
export function candidateEvents({ stop }: EventUnfolder, { events, iterations }: UnfoldedEvents): EventColumns[] {
  return stop === 'bottom-line' ? iterations.map((each) => each.events) : [events];
}

/** What a method makes of one observable. */
export interface UnfoldedValues {
  /** [truth] */
  readonly values: readonly number[];
  /** [truth][truth] if the method propagates that of the data. */
  readonly covariance?: Rows;
  readonly decisions: UnfoldedBins['decisions'];
}

/** Prepares a method for the events of a measurement. */
export async function prepareSpectra(
  unfolder: Unfolder,
  input: MeasurementInput,
  context: UnfoldingContext,
): Promise<UnfoldSpectra> {
  return unfolder.input === 'bins' ? ofBins(unfolder, input) : ofEvents(unfolder, input, context);
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

function ofBins(unfolder: BinnedUnfolder, input: MeasurementInput): UnfoldSpectra {
  const problems = binnedProblems(input);
  return async (weights, decided) => ({
    candidates: [problems(weights).map((problem, k) => unfolder.unfold(problem, decided?.[k]))],
  });
}

async function ofEvents(
  unfolder: EventUnfolder,
  { observables, simulation, data, observeTruth }: MeasurementInput,
  context: UnfoldingContext,
): Promise<UnfoldSpectra> {
  const unfold = await unfolder.prepare({ simulation, data, observeTruth }, context);
  return async (weights, decided) => {
    const unfolded = await unfold(weights, decided?.[0]);
    const { decisions } = unfolded;
    const candidates = candidateEvents(unfolder, unfolded).map((events) =>
      trueSums(events, observables).map((values) => ({ values, decisions })),
    );
    return { candidates, unfolded };
  };
}
