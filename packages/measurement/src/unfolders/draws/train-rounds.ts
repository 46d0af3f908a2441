import { UserError } from '@unfold-zoo/core';
import { NO_PARTS, storedPart } from '../../measurement/part-store.js';
import type { UnfoldingContext } from '../unfolder.js';
import { isLast, type ProposalFor, roundsOf, type Unfolding } from './draw-rounds.js';
import { type Proposal, proposalOf, ratioAtDraws, ratioAtEvents } from './proposals.js';
import type { TrainAgain } from './truth-draws.js';

/** What models are trained with for the rounds. */
export interface TrainedRounds {
  readonly trainAgain: TrainAgain;
  readonly context: UnfoldingContext;
  /** Starts the engine of the classifiers, in place of that of the model. */
  readonly start: () => Promise<void>;
}

/**
 * Goes through the rounds with the events as they are, and has a model trained for each after the first, which draws
 * for the data. What was learned of the prior in these draws is kept with the parts.
 */
export async function withTrainedRounds(unfolding: Unfolding, how: TrainedRounds): Promise<Unfolding> {
  const { problem, iterate } = unfolding;
  const proposals = [...unfolding.proposals];
  const proposalFor: ProposalFor = async (round, ratio) => {
    const proposal = await trainedProposal(unfolding, how, { round, ratio });
    proposals.push(proposal);
    return proposal;
  };
  const weights = { simulation: problem.simulation.truth.weights, data: problem.data.weights };
  for await (const round of roundsOf(unfolding, weights, { most: iterate.rounds, proposalFor }))
    if (isLast(round, iterate)) break;
  return { ...unfolding, proposals };
}

async function trainedProposal(
  { problem, describe }: Unfolding,
  { trainAgain, context, start }: TrainedRounds,
  { round, ratio }: { readonly round: number; readonly ratio: Parameters<ProposalFor>[1] },
): Promise<Proposal> {
  const { observeTruth } = problem;
  if (!observeTruth)
    throw new UserError('missing events: rounds that train need the truth of events, not columns alone');
  const weigh: Parameters<TrainAgain>[0]['weigh'] = (events) =>
    ratioAtEvents(ratio, events, { describe, observeTruth });
  const draw = await trainAgain({ round, weigh }, problem, context);
  const drawn = await draw(problem, context);
  await start();
  const { parts = NO_PARTS, origin = [] } = context;
  const proposal = proposalOf({ drawn }, describe);
  const prior = await storedPart(parts, [...origin, 'prior', round], () => ratioAtDraws(ratio, proposal));
  return { ...proposal, prior };
}
