import type { Rng } from '@unfold-zoo/core';
import type { ClippedFit } from '../../reweighting/clipped-ratio.js';
import { EventFeatures, pickEvents } from '../../reweighting/event-features.js';
import {
  type ClassifierQuality,
  classifierGates,
  factorGates,
  NO_CLASSIFIER,
  relativeChange,
  worse,
} from '../../reweighting/weight-quality.js';
import { numbersOf, product, type SimulatedRows, simulatedRows, sumOver, unfoldedEvents } from '../simulated-rows.js';
import type { EventProblem, EventWeights, Iteration, UnfoldedEvents } from '../unfolder.js';
import { endOf, isLast } from './draw-rounds.js';
import {
  countedDraws,
  type Places,
  type Proposal,
  posteriorWeights,
  proposalOf,
  ratioAt,
  sumOutside,
  type TruthRatio,
} from './proposals.js';
import type { IterateOptions, TruthDraws } from './truth-draws.js';

/** What rounds against the draws for the simulation are made with. */
export interface Comparison {
  readonly events: SimulatedRows;
  readonly draws: Readonly<Record<keyof EventWeights, Proposal>>;
  /** The true simulated events, as classifiers see them. */
  readonly truth: Places;
  readonly width: number;
  readonly fit: ClippedFit;
  readonly iterate: IterateOptions;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
}

/** Describes draws for data and simulation, and the truth of the simulation, for classifiers. */
export function comparedDraws(
  problem: EventProblem,
  drawn: Readonly<Record<keyof EventWeights, TruthDraws>>,
  options: Pick<Comparison, 'fit' | 'iterate' | 'rng' | 'signal'>,
): Comparison {
  const { truth } = problem.simulation;
  const columns = [drawn.data, drawn.simulation].map((each) => ({ columns: each.columns, weights: each.shares }));
  const describe = new EventFeatures([truth, ...columns]);
  const events = simulatedRows(problem);
  return {
    ...options,
    events,
    draws: {
      data: proposalOf({ drawn: drawn.data }, describe),
      simulation: proposalOf({ drawn: drawn.simulation }, describe),
    },
    truth: { inside: events.true, features: describe.rows(truth, events.true) },
    width: describe.width,
  };
}

/** Factors by which the simulation is weighted so far: of its own events, and of all draws by their truth. */
interface Factors extends Readonly<Record<keyof EventWeights, Float64Array>> {
  readonly truth: Float64Array;
}

/**
 * The simulation is weighted by factors w of its truth until the draws for it are distributed as those for the data.
 * Every round multiplies w by the ratio of both, which a classifier learns; draws are weighted by w, normalised within
 * each event.
 *
 * Where the data are the simulation times w, both sets of draws have one distribution, and w stays: what the model has
 * learned wrongly is in both, and so is what few draws do to the normalisation. With exact posteriors and many draws
 * those for the simulation have the spectrum of the simulation times w, and rounds are those of iterative Bayes. Misses
 * need no efficiency, which would be the same in both; fakes have one factor, the ratio of the draws outside.
 */
export async function unfoldCompared(
  comparison: Comparison,
  weights: EventWeights,
  decided: number | undefined,
): Promise<UnfoldedEvents> {
  const { events, draws, iterate } = comparison;
  const { proposal: data } = countedDraws(draws.data, weights.data);
  const most = decided ?? iterate.rounds;
  const iterations: Iteration[] = [];
  let quality = NO_CLASSIFIER;
  let factors: Float64Array = new Float64Array(0);
  const reached = withinReach({ ...comparison, draws: { ...draws, data } });
  for await (const round of roundsOf(reached, weights, most)) {
    quality = worse(quality, round.quality);
    ({ factors } = round);
    iterations.push(iterationOf(events, weights, round));
    if (decided === undefined && isLast(round, iterate)) break;
  }
  const gates = [
    ...factorGates(pickEvents(factors, events.true), pickEvents(weights.simulation, events.true)),
    ...classifierGates(quality),
  ];
  return { events: iterations.at(-1)!.events, ...endOf(iterations.length, most, iterate), iterations, gates };
}

/**
 * Truth that no draw for the data reaches counts as the farthest that one does: classifiers know no ratio there, and
 * what they guess would grow from round to round.
 */
function withinReach({ draws, truth, width, ...rest }: Comparison): Comparison {
  const limits = Array.from({ length: width }, (_, k) => rangeOf(draws.data.features, k, width));
  const cut = <T extends Places>(places: T): T => ({
    ...places,
    features: places.features.map((value, i) => {
      const [least, most] = limits[i % width]!;
      return Math.min(most, Math.max(least, value));
    }),
  });
  return { ...rest, width, draws: { data: draws.data, simulation: cut(draws.simulation) }, truth: cut(truth) };
}

function rangeOf(features: Float64Array, feature: number, width: number): readonly [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = feature; i < features.length; i += width) {
    least = Math.min(least, features[i]!);
    most = Math.max(most, features[i]!);
  }
  return [least, most];
}

/** A round that is done. */
interface ComparedRound {
  /** [n] of the simulated events. */
  readonly factors: Float64Array;
  /** What it changes of the weights of the simulation, as a part of them; not of the first. */
  readonly change?: number;
  readonly quality: ClassifierQuality;
}

async function* roundsOf(comparison: Comparison, weights: EventWeights, most: number): AsyncGenerator<ComparedRound> {
  const { events } = comparison;
  let factors = unitFactors(comparison);
  const mean = sumOver(events.data, weights.data) / sumOver(events.measured, weights.simulation);
  for (let round = 1; round <= most; round++) {
    comparison.signal?.throwIfAborted();
    const before = product(weights.simulation, factors.truth);
    const ratio = await ratioOfDraws(comparison, weights, { factors, round });
    try {
      factors = await multiplied(comparison, factors, { ratio, mean });
      const change = relativeChange(before, product(weights.simulation, factors.truth));
      const quality = await ratio.inside.quality(comparison.truth.features);
      yield { factors: factors.truth, quality, ...(round > 1 && { change }) };
    } finally {
      ratio.inside.dispose();
    }
  }
}

function unitFactors({ events, draws }: Comparison): Factors {
  const ones = (count: number): Float64Array => new Float64Array(count).fill(1);
  return {
    truth: ones(events.problem.simulation.truth.weights.length),
    data: ones(draws.data.prior.length),
    simulation: ones(draws.simulation.prior.length),
  };
}

/** The ratio of the draws for the data to those for the simulation, both as they are with the factors so far. */
async function ratioOfDraws(
  { draws, width, fit, rng }: Comparison,
  weights: EventWeights,
  { factors, round }: { readonly factors: Factors; readonly round: number },
): Promise<TruthRatio> {
  const own = {
    data: posteriorWeights(draws.data, weights.data, { prior: factors.data }),
    simulation: posteriorWeights(draws.simulation, product(weights.simulation, factors.truth), {
      prior: factors.simulation,
    }),
  };
  const rows = (which: keyof EventWeights) => {
    const { inside, features } = draws[which];
    return { features, width, weights: pickEvents(own[which], inside) };
  };
  const inside = await fit({
    numerator: rows('data'),
    denominator: rows('simulation'),
    rng: rng.fork(`round ${round}`),
  });
  const outside = sumOutside(draws.simulation, own.simulation);
  return { inside, outside: outside > 0 ? sumOutside(draws.data, own.data) / outside : 1 };
}

/** Factors times a ratio, as near to the mean factor as one ratio has to be: many small ones could run away. */
async function multiplied(
  { draws, truth, iterate: { clip } }: Comparison,
  factors: Factors,
  { ratio, mean }: { readonly ratio: TruthRatio; readonly mean: number },
): Promise<Factors> {
  const cut = (factor: number): number => Math.min(clip * mean, Math.max(mean / clip, factor));
  const times = async (before: Float64Array, places: Places): Promise<Float64Array> =>
    product(before, await ratioAt(ratio, before.length, places)).map(cut);
  return {
    truth: await times(factors.truth, truth),
    data: await times(factors.data, draws.data),
    simulation: await times(factors.simulation, draws.simulation),
  };
}

function iterationOf(
  events: SimulatedRows,
  weights: EventWeights,
  { factors, change }: Omit<ComparedRound, 'quality'>,
): Iteration {
  const numbers = numbersOf(events, weights, factors);
  return {
    numbers: { ...numbers, ...(change !== undefined && { 'relative change': change }) },
    events: unfoldedEvents(events, weights, factors),
  };
}
