import type { Rng } from '@unfold-zoo/core';
import type { ClippedFit, ClippedRatio } from '../../reweighting/clipped-ratio.js';
import { type EventFeatures, pickEvents, type SortedSimulation } from '../../reweighting/event-features.js';
import { type ClassifierQuality, NO_CLASSIFIER, relativeChange } from '../../reweighting/weight-quality.js';
import type { EventProblem, EventWeights } from '../unfolder.js';
import { type Proposal, posteriorWeights, ratioAtDraws, sumOutside, type TruthRatio } from './proposals.js';
import type { IterateOptions } from './truth-draws.js';

/** What does not depend on weights. */
export interface UnfoldingState {
  readonly problem: EventProblem;
  readonly simulated: SortedSimulation;
  /** How classifiers see the truth of simulated events and draws alike. */
  readonly describe: EventFeatures;
}

/** What the rounds are made with. */
export interface Unfolding extends UnfoldingState {
  /** Draws for each round; the last ones are those of all later rounds too. */
  readonly proposals: readonly Proposal[];
  readonly fit: ClippedFit;
  readonly iterate: IterateOptions;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
}

/** A round that is done. */
export interface Round {
  readonly proposal: Proposal;
  /** [n] weights of its draws. */
  readonly unfolded: Float64Array;
  /** By which they are draws of another prior than that of the simulation; the first round has none. */
  readonly ratio?: TruthRatio;
  /** What it changes of the weights of its draws, as a part of them; not of the first. */
  readonly change?: number;
}

/** Whether no round is to follow, since this one changes so little. */
export function isLast(
  { change = Number.POSITIVE_INFINITY }: Pick<Round, 'change'>,
  { stopBelow = 0 }: IterateOptions,
): boolean {
  return change < stopBelow;
}

/** How many rounds there were, and why no more. */
export function endOf(rounds: number, most: number, { stopBelow }: IterateOptions) {
  const ended =
    rounds < most
      ? `Ended after ${rounds} of ${most} rounds, since weights changed by less than ${stopBelow}.`
      : `Ended after ${rounds} rounds, as many as were asked for.`;
  return { decisions: { rounds }, ended };
}

/** Where the draws of a round come from. */
export type ProposalFor = (round: number, ratio: TruthRatio) => Promise<Proposal>;

/** The rounds one after the other, until whoever asks for them stops. The ratio of each is gone with the next. */
export async function* roundsOf(
  unfolding: Unfolding,
  weights: EventWeights,
  { most, proposalFor }: { readonly most: number; readonly proposalFor: ProposalFor },
): AsyncGenerator<Round & { readonly quality: ClassifierQuality }> {
  const efficiency = await learnedEfficiency(unfolding, weights);
  const drawsWith = async (proposal: Proposal, ratio: TruthRatio | undefined): Promise<Float64Array> => {
    const prior = ratio ? await ratioAtDraws(ratio, proposal) : new Float64Array(proposal.prior.length).fill(1);
    return posteriorWeights(proposal, weights.data, { prior, efficiency: await efficiency.at(proposal) });
  };
  const [proposal] = unfolding.proposals as [Proposal];
  let last: Round = { proposal, unfolded: await drawsWith(proposal, undefined) };
  try {
    yield { ...last, quality: await efficiency.quality(proposal) };
    for (let round = 2; round <= most; round++) {
      unfolding.signal?.throwIfAborted();
      const ratio = await unfoldedRatio(unfolding, weights, { ...last, round });
      const proposal = await proposalFor(round, ratio);
      const before = proposal === last.proposal ? last.unfolded : await drawsWith(proposal, last.ratio);
      last.ratio?.inside.dispose();
      last = { proposal, ratio, unfolded: await drawsWith(proposal, ratio) };
      const quality = await ratio.inside.quality(proposal.features);
      yield { ...last, change: relativeChange(before, last.unfolded), quality };
    }
  } finally {
    last.ratio?.inside.dispose();
    efficiency.dispose();
  }
}

/** The chance of draws to be measured. */
interface Efficiency {
  /** [n] of every draw; 1 of draws outside of the true phase space, which all are. */
  at(proposal: Proposal): Promise<Float64Array>;
  quality(proposal: Proposal): Promise<ClassifierQuality>;
  dispose(): void;
}

async function learnedEfficiency(unfolding: Unfolding, { simulation }: EventWeights): Promise<Efficiency> {
  const { simulated, fit, rng } = unfolding;
  const all = (proposal: Proposal): Float64Array => new Float64Array(proposal.prior.length).fill(1);
  if (simulated.missed.length === 0) {
    return { at: async (proposal) => all(proposal), quality: async () => NO_CLASSIFIER, dispose: () => undefined };
  }
  const inside: ClippedRatio = await fit({
    numerator: simulatedRows(unfolding, simulated.both, simulation),
    denominator: simulatedRows(unfolding, simulated.true, simulation),
    rng: rng.fork('efficiency'),
  });
  return {
    at: async (proposal) => (await ratioAtDraws({ inside, outside: 1 }, proposal)).map((each) => Math.min(1, each)),
    quality: ({ features }) => inside.quality(features),
    dispose: () => inside.dispose(),
  };
}

function simulatedRows({ problem, describe }: UnfoldingState, events: readonly number[], weights: Float64Array) {
  return describe.weightedRows(problem.simulation.truth, events, weights);
}

/** The ratio of the unfolded to the simulated truth; outside of the true phase space, that of their sums. */
async function unfoldedRatio(
  unfolding: Unfolding,
  { simulation }: EventWeights,
  { proposal, unfolded, round }: Round & { readonly round: number },
): Promise<TruthRatio> {
  const { simulated, describe, fit, rng } = unfolding;
  const inside = await fit({
    numerator: { features: proposal.features, width: describe.width, weights: pickEvents(unfolded, proposal.inside) },
    denominator: simulatedRows(unfolding, simulated.true, simulation),
    rng: rng.fork(`round ${round}`),
  });
  const sumFakes = simulated.fakes.reduce((sum, event) => sum + simulation[event]!, 0);
  return { inside, outside: sumFakes > 0 ? sumOutside(proposal, unfolded) / sumFakes : 1 };
}
