import type { Rng } from '@unfold-zoo/core';
import { effectiveEvents } from '@unfold-zoo/core/events';
import { clippedFits } from '../../reweighting/clipped-ratio.js';
import type { RatioEstimator } from '../../reweighting/density-ratio.js';
import { EventFeatures, pickEvents, simulatedEvents } from '../../reweighting/event-features.js';
import { classifierGates, factorGates, NO_CLASSIFIER, worse } from '../../reweighting/weight-quality.js';
import type {
  EventProblem,
  EventUnfolder,
  EventWeights,
  Iteration,
  UnfoldedEvents,
  UnfoldingContext,
} from '../unfolder.js';
import { comparedDraws, unfoldCompared } from './compared-rounds.js';
import { endOf, isLast, type ProposalFor, type Round, roundsOf, type Unfolding } from './draw-rounds.js';
import { countedDraws, type Drawn, proposalOf, ratioAtDraws } from './proposals.js';
import { withTrainedRounds } from './train-rounds.js';
import type { DrawForData, IterateOptions, TrainAgain, TruthDraws } from './truth-draws.js';

/** What draws are unfolded with. */
export interface DrawsOptions {
  readonly iterate: IterateOptions;
  readonly classifier: RatioEstimator;
  readonly rng: Rng;
  /** For rounds that train the model; without it they only weight its draws. */
  readonly trainAgain?: TrainAgain;
}

/**
 * A method that unfolds by draws from p(truth | measured), each with its share of the weight of its event. Such draws
 * have the spectrum of the simulation in them as a prior. Every round after the first removes more of it: a classifier
 * learns the ratio r of the unfolded to the simulated truth (Backes et al., arXiv 2212.08674), and draws are weighted
 * by r, normalised within each event: they are then draws with the unfolded spectrum of the round before as a prior.
 * With exact classifiers and many draws this is iterative Bayes without bins.
 *
 * With `trainAgain` the model is trained for each round on the simulation with weights r, as in that paper, and draws
 * again: r is in its draws then, and nothing is left to be weighted. Replicas, whose ratio r' is another, weight the
 * draws of the same models by r' / r.
 *
 * Events that are not measured are made up for by the efficiency eps(x), learned from the simulation: draws count
 * 1 / eps (the formula of arXiv 2509.02708); measured events outside of the true phase space by draws outside of it.
 */
export function drawsUnfolder(
  draw: DrawForData,
  { iterate, classifier, rng, trainAgain }: DrawsOptions,
): EventUnfolder {
  // Systematic variations unfold the same data: they are drawn for once.
  const known = new WeakMap<object, readonly Drawn[]>();
  return {
    input: 'events',
    stop: iterate.stop,
    // A ratio for every round after the first, and the efficiency.
    trainings: iterate.rounds * classifier.networks,
    prepare: async (problem, context) => {
      const start = async (): Promise<void> => {
        if (classifier.networks > 0) await context.startEngine();
      };
      const before = known.get(problem.data);
      const drawn = before ?? [{ drawn: await draw(problem, context) }];
      const simulated = iterate.against === 'draws' && (await drawForSimulation(draw, problem, context));
      await start();
      const options = { fit: clippedFits(classifier, iterate.clip), iterate, rng, signal: context.signal };
      if (simulated) {
        known.set(problem.data, drawn);
        const comparison = comparedDraws(problem, { data: drawn[0]!.drawn, simulation: simulated }, options);
        return (weights, decided) => unfoldCompared(comparison, weights, decided?.['rounds']);
      }
      let unfolding: Unfolding = { ...options, ...preparedDraws(problem, drawn) };
      if (trainAgain && !before) unfolding = await withTrainedRounds(unfolding, { trainAgain, context, start });
      known.set(problem.data, unfolding.proposals);
      return async (weights, decided) => unfold(unfolding, weights, decided?.['rounds']);
    },
  };
}

/** The simulation as if it were measured: from the same stream of random numbers, of which differences have less. */
function drawForSimulation(draw: DrawForData, problem: EventProblem, context: UnfoldingContext): Promise<TruthDraws> {
  return draw({ ...problem, data: problem.simulation.detector }, context);
}

function preparedDraws(problem: EventProblem, drawn: readonly Drawn[]) {
  const [{ drawn: first }] = drawn as [Drawn];
  const columns = { columns: first.columns, weights: first.shares };
  const describe = new EventFeatures([problem.simulation.truth, columns]);
  const proposals = drawn.map((each) => proposalOf(each, describe));
  return { problem, simulated: simulatedEvents(problem.simulation), describe, proposals };
}

async function unfold(
  unfolding: Unfolding,
  weights: EventWeights,
  decided: number | undefined,
): Promise<UnfoldedEvents> {
  const { iterate } = unfolding;
  const most = decided ?? iterate.rounds;
  const counted = unfolding.proposals.map((each) => ({ all: each.drawn, ...countedDraws(each, weights.data) }));
  const proposals = counted.map(({ proposal }) => proposal);
  const proposalFor: ProposalFor = async (round) => proposals[round - 1] ?? proposals.at(-1)!;
  const iterations: Iteration[] = [];
  let quality = NO_CLASSIFIER;
  let factors: Parameters<typeof factorGates> | undefined;
  for await (const each of roundsOf({ ...unfolding, proposals }, weights, { most, proposalFor })) {
    quality = worse(quality, each.quality);
    iterations.push(iterationOf(each, counted[proposals.indexOf(each.proposal)]!, weights));
    factors = await factorsOf(each);
    if (decided === undefined && isLast(each, iterate)) break;
  }
  const gates = [...factorGates(...factors!), ...classifierGates(quality)];
  return { events: iterations.at(-1)!.events, ...endOf(iterations.length, most, iterate), iterations, gates };
}

/** What the draws within the true phase space are weighted by, and their shares. */
async function factorsOf({ proposal, ratio }: Round): Promise<Parameters<typeof factorGates>> {
  const { inside, prior, drawn } = proposal;
  const learned = ratio ? await ratioAtDraws(ratio, proposal) : prior;
  const factors = learned.map((value, i) => value / prior[i]!);
  return [pickEvents(factors, inside), pickEvents(drawn.shares, inside)];
}

/** All draws as they are after a round: `unfolded` are the weights of those at `places`. */
function iterationOf(
  { proposal: { drawn, inside }, unfolded, change }: Round,
  { all, places }: { readonly all: TruthDraws; readonly places: readonly number[] },
  { data }: EventWeights,
): Iteration {
  const weights = new Float64Array(all.shares.length);
  for (const i of inside) weights[places[i]!] = unfolded[i]!;
  const plain = drawn.shares.map((share, i) => share * data[drawn.events[i]!]!);
  return {
    numbers: {
      'effective share': effectiveEvents(unfolded) / effectiveEvents(plain),
      ...(change !== undefined && { 'relative change': change }),
    },
    events: { columns: all.columns, weights },
  };
}
