import type { Rng } from '@unfold-zoo/core';
import { effectiveEvents } from '@unfold-zoo/core/events';
import { z } from 'zod';
import { clipOption, clippedRatios, type RatioLearner } from '../reweighting/clipped-ratio.js';
import type { RatioEstimator } from '../reweighting/density-ratio.js';
import {
  EventFeatures,
  pickEvents,
  presentEvents,
  type SortedSimulation,
  simulatedEvents,
} from '../reweighting/event-features.js';
import {
  type ClassifierQuality,
  classifierGates,
  factorGates,
  NO_CLASSIFIER,
  relativeChange,
  worse,
} from '../reweighting/weight-quality.js';
import {
  type EventColumns,
  type EventProblem,
  type EventUnfolder,
  type EventWeights,
  type Iteration,
  stopOption,
  type UnfoldedBins,
  type UnfoldedEvents,
  type UnfoldingContext,
} from './unfolder.js';

/** Truth-level draws for measured events. */
export interface TruthDraws {
  /** [observables][axes][n]; all NaN for draws outside of the true phase space. */
  readonly columns: EventColumns['columns'];
  /** [n] which measured event each draw is for. */
  readonly events: Uint32Array;
  /** [n] share of its event that each draw has: 1 over the draws of the event, if they are all alike. */
  readonly shares: Float64Array;
}

/** Draws for the measured events of a problem, those that are selected and have the observables. */
export type DrawForData = (problem: EventProblem, context: UnfoldingContext) => Promise<TruthDraws>;

/** How the prior of the simulation is removed. */
export const iterateOption = z
  .strictObject({
    rounds: z
      .int()
      .min(1)
      .default(1)
      .describe('Rounds at most: 1 leaves the draws as they are, with the spectrum of the simulation in them'),
    stopBelow: z
      .number()
      .gt(0)
      .optional()
      .describe('End once the weights of the draws change by less than this part from round to round. Default: never'),
    stop: stopOption,
    clip: clipOption,
  })
  .prefault({})
  .describe('How the spectrum of the simulation is removed from the draws');

/** Parsed options of the iteration. */
export type IterateOptions = z.output<typeof iterateOption>;

/**
 * A method that unfolds by draws from p(truth | measured), each with its share of the weight of its event. Such draws
 * have the spectrum of the simulation in them as a prior. Every round after the first removes more of it: a classifier
 * learns the ratio r of the unfolded to the simulated truth (Backes et al., arXiv 2212.08674), and draws are weighted
 * by r, normalised within each event: they are then draws with the unfolded spectrum of the round before as a prior.
 * With exact classifiers and many draws this is iterative Bayes without bins. The model itself is not trained again.
 *
 * Events that are not measured are made up for by the efficiency eps(x), learned from the simulation: draws count
 * 1 / eps (the formula of arXiv 2509.02708); measured events outside of the true phase space by draws outside of it.
 */
export function drawsUnfolder(
  draw: DrawForData,
  { iterate, classifier, rng }: { iterate: IterateOptions; classifier: RatioEstimator; rng: Rng },
): EventUnfolder {
  // Systematic variations unfold the same data: they are drawn for once.
  const known = new WeakMap<object, TruthDraws>();
  return {
    input: 'events',
    stop: iterate.stop,
    // A ratio for every round after the first, and the efficiency.
    trainings: iterate.rounds * classifier.networks,
    prepare: async (problem, context) => {
      const drawn = known.get(problem.data) ?? (await draw(problem, context));
      known.set(problem.data, drawn);
      const state = preparedDraws(problem, drawn);
      const needsClassifier = iterate.rounds > 1 || state.simulated.missed.length > 0;
      if (classifier.networks > 0 && needsClassifier) await context.startEngine();
      const learn = clippedRatios(classifier, iterate.clip);
      return (weights, decided) => unfold({ ...state, learn, iterate, rng, signal: context.signal }, weights, decided);
    },
  };
}

/** What does not depend on weights. */
interface PreparedDraws {
  readonly problem: EventProblem;
  readonly drawn: TruthDraws;
  /** Draws within the true phase space, and their rows of features. */
  readonly inside: readonly number[];
  readonly features: Float64Array;
  /** Number of measured events, for sums over the draws of each. */
  readonly dataEvents: number;
  readonly simulated: SortedSimulation;
  /** How classifiers see the truth of simulated events and draws alike. */
  readonly describe: EventFeatures;
}

function preparedDraws(problem: EventProblem, drawn: TruthDraws): PreparedDraws {
  const draws: EventColumns = { columns: drawn.columns, weights: drawn.shares };
  const describe = new EventFeatures([problem.simulation.truth, draws]);
  const inside = presentEvents(draws);
  return {
    problem,
    drawn,
    inside,
    features: describe.rows(draws, inside),
    dataEvents: problem.data.weights.length,
    simulated: simulatedEvents(problem.simulation),
    describe,
  };
}

/** What the rounds are made with. */
interface Unfolding extends PreparedDraws {
  readonly learn: RatioLearner;
  readonly iterate: IterateOptions;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
}

async function unfold(
  unfolding: Unfolding,
  weights: EventWeights,
  decided: UnfoldedBins['decisions'] | undefined,
): Promise<UnfoldedEvents> {
  const { iterate, inside, drawn, signal } = unfolding;
  const most = decided?.['rounds'] ?? iterate.rounds;
  const efficiency = await learnedEfficiency(unfolding, weights);
  let quality = efficiency.quality;
  let prior = new Float64Array(drawn.shares.length).fill(1);
  let unfolded = posteriorWeights(unfolding, weights, { prior, efficiency: efficiency.values });
  const iterations: Iteration[] = [iterationOf(unfolding, weights, unfolded)];
  for (let round = 2; round <= most; round++) {
    signal?.throwIfAborted();
    const learned = await unfoldedPrior(unfolding, weights, { unfolded, round });
    quality = worse(quality, learned.quality);
    prior = new Float64Array(learned.values);
    const next = posteriorWeights(unfolding, weights, { prior, efficiency: efficiency.values });
    const change = relativeChange(unfolded, next);
    unfolded = next;
    const iteration = iterationOf(unfolding, weights, unfolded);
    iterations.push({ ...iteration, numbers: { ...iteration.numbers, 'relative change': change } });
    if (decided === undefined && change < (iterate.stopBelow ?? 0)) break;
  }
  const gates = [
    ...factorGates(pickEvents(prior, inside), pickEvents(drawn.shares, inside)),
    ...classifierGates(quality),
  ];
  const rounds = iterations.length;
  const ended =
    rounds < most
      ? `Ended after ${rounds} of ${most} rounds, since weights changed by less than ${iterate.stopBelow}.`
      : `Ended after ${rounds} rounds, as many as were asked for.`;
  return { events: iterations.at(-1)!.events, decisions: { rounds }, iterations, ended, gates };
}

interface Learned {
  /** [n] of every draw; those outside of the true phase space have one number. */
  readonly values: Float64Array;
  readonly quality: ClassifierQuality;
}

/** [n] the chance of each draw to be measured; 1 of draws outside of the true phase space, which all are. */
async function learnedEfficiency(unfolding: Unfolding, { simulation }: EventWeights): Promise<Learned> {
  const { simulated, inside, features, drawn, learn, rng } = unfolding;
  const values = new Float64Array(drawn.shares.length).fill(1);
  if (simulated.missed.length === 0) return { values, quality: NO_CLASSIFIER };
  const { ratios, quality } = await learn({
    numerator: simulatedRows(unfolding, simulated.both, simulation),
    denominator: simulatedRows(unfolding, simulated.true, simulation),
    at: features,
    rng: rng.fork('efficiency'),
  });
  for (const [k, i] of inside.entries()) values[i] = Math.min(1, ratios[k]!);
  return { values, quality };
}

function simulatedRows({ problem, describe }: PreparedDraws, events: readonly number[], weights: Float64Array) {
  return describe.weightedRows(problem.simulation.truth, events, weights);
}

/** [n] the ratio of the unfolded to the simulated truth at each draw; of those outside, the ratio of their sums. */
async function unfoldedPrior(
  unfolding: Unfolding,
  { simulation }: EventWeights,
  { unfolded, round }: { readonly unfolded: Float64Array; readonly round: number },
): Promise<Learned> {
  const { inside, features, simulated, describe, learn, rng } = unfolding;
  const { ratios, quality } = await learn({
    numerator: { features, width: describe.width, weights: pickEvents(unfolded, inside) },
    denominator: simulatedRows(unfolding, simulated.true, simulation),
    at: features,
    rng: rng.fork(`round ${round}`),
  });
  const sumInside = inside.reduce((sum, i) => sum + unfolded[i]!, 0);
  const outside = unfolded.reduce((sum, weight) => sum + weight, 0) - sumInside;
  const sumFakes = simulated.fakes.reduce((sum, event) => sum + simulation[event]!, 0);
  const values = new Float64Array(unfolded.length).fill(sumFakes > 0 ? outside / sumFakes : 1);
  for (const [k, i] of inside.entries()) values[i] = ratios[k]!;
  return { values, quality };
}

/** [n] what each draw counts: its share under a prior times the weight of its event, over its chance to be measured. */
function posteriorWeights(
  { drawn: { events, shares }, dataEvents }: PreparedDraws,
  { data }: EventWeights,
  { prior, efficiency }: { readonly prior: Float64Array; readonly efficiency: Float64Array },
): Float64Array {
  const sums = new Float64Array(dataEvents);
  for (const [i, event] of events.entries()) sums[event]! += shares[i]! * prior[i]!;
  return shares.map((share, i) => {
    const event = events[i]!;
    return sums[event] === 0 ? 0 : (data[event]! * share * prior[i]!) / sums[event]! / efficiency[i]!;
  });
}

function iterationOf({ drawn, inside }: PreparedDraws, { data }: EventWeights, unfolded: Float64Array): Iteration {
  const weights = new Float64Array(unfolded.length);
  for (const i of inside) weights[i] = unfolded[i]!;
  const plain = drawn.shares.map((share, i) => share * data[drawn.events[i]!]!);
  return {
    numbers: { 'effective share': effectiveEvents(unfolded) / effectiveEvents(plain) },
    events: { columns: drawn.columns, weights },
  };
}
