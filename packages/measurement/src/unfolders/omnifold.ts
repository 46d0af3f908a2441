import { component, type Rng } from '@unfold-zoo/core';
import { z } from 'zod';
import { clipOption, clippedRatios, type RatioLearner } from '../reweighting/clipped-ratio.js';
import { RatioEstimator } from '../reweighting/density-ratio.js';
import { pickEvents } from '../reweighting/event-features.js';
import {
  type ClassifierQuality,
  classifierGates,
  factorGates,
  NO_CLASSIFIER,
  ratioGate,
  relativeChange,
  worse,
} from '../reweighting/weight-quality.js';
import { numbersOf, product, type SimulatedRows, simulatedRows, sumOver, unfoldedEvents } from './simulated-rows.js';
import {
  type EventUnfolder,
  type EventWeights,
  type Iteration,
  stopOption,
  type UnfoldedEvents,
  Unfolder,
} from './unfolder.js';

/** Options of the method `omnifold`. */
export const omnifoldOptions = z.object({
  iterations: z.int().min(1).default(4).describe('Iterations, of two steps each; more of them have larger errors'),
  stop: stopOption,
  clip: clipOption,
  misses: z
    .enum(['regressed', 'kept', 'one'])
    .default('regressed')
    .describe(
      'Weight that an event which was not measured has after the first step: regressed, the mean over measured ' +
        'events of the same truth, as iterative Bayes has it; kept, that of the iteration before, which takes more ' +
        'iterations; one, that of the simulation, which draws the result to it',
    ),
  fakes: z
    .enum(['averaged', 'one'])
    .default('averaged')
    .describe(
      'Weight of events that are outside of the true phase space and measured: averaged, the mean over them after ' +
        'the first step; one, as simulated',
    ),
});

/** Parsed options of the method `omnifold`. */
export type OmnifoldOptions = z.output<typeof omnifoldOptions>;

/**
 * OmniFold (Andreassen et al. 2020, arXiv 1911.09107): simulated events are weighted until they look like the data.
 * Step 1 learns the ratio of data to weighted simulation at the detector; step 2 learns, as a function of the truth
 * alone, the weights that this gives the simulated events. The second ratio is always that to the original simulation,
 * and so are the resulting weights. Classifiers see all observables of the measurement at once. Backgrounds are data of
 * negative weight (arXiv 2007.11586). With exact classifiers and regressed misses it is iterative Bayes without bins.
 */
export function omnifoldUnfolder(options: OmnifoldOptions, classifier: RatioEstimator, rng: Rng): EventUnfolder {
  return {
    input: 'events',
    stop: options.stop,
    trainings: options.iterations * (options.misses === 'regressed' ? 3 : 2) * classifier.networks,
    prepare: async (problem, { startEngine, signal }) => {
      if (classifier.networks > 0) await startEngine();
      const learn = clippedRatios(classifier, options.clip);
      const events = simulatedRows(problem);
      return (weights) => unfold({ events, options, learn, rng, signal }, weights);
    },
  };
}

/** What the iterations are made with. */
interface Unfolding {
  readonly events: SimulatedRows;
  readonly options: OmnifoldOptions;
  readonly learn: RatioLearner;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
}

/** Factors of the simulated weights, and how well the classifiers did. */
interface Factors {
  /** [n] */
  readonly values: Float64Array;
  readonly quality: ClassifierQuality;
}

async function unfold(unfolding: Unfolding, weights: EventWeights): Promise<UnfoldedEvents> {
  const { events, options, rng } = unfolding;
  let push = new Float64Array(weights.simulation.length).fill(1);
  let quality = NO_CLASSIFIER;
  const iterations: Iteration[] = [];
  for (let n = 1; n <= options.iterations; n++) {
    unfolding.signal?.throwIfAborted();
    const own = { ...unfolding, rng: rng.fork(`iteration ${n}`) };
    const pulled = await pullToData(own, weights, push);
    const pushed = await pushToTruth(own, weights, pulled.values);
    quality = worse(quality, worse(pulled.quality, pushed.quality));
    const change = relativeChange(product(weights.simulation, push), product(weights.simulation, pushed.values));
    push = new Float64Array(pushed.values);
    iterations.push({
      numbers: { ...numbersOf(events, weights, push), 'relative change': change },
      events: unfoldedEvents(events, weights, push),
    });
  }
  const gates = [
    ...factorGates(pickEvents(push, events.true), pickEvents(weights.simulation, events.true)),
    ratioGate('folded ratio', iterations.at(-1)!.numbers['folded ratio']!),
    ...classifierGates(quality),
  ];
  return { events: iterations.at(-1)!.events, decisions: { iterations: options.iterations }, iterations, gates };
}

/** Step 1: factors of the simulated events that make them like the data at the detector. */
async function pullToData(unfolding: Unfolding, weights: EventWeights, push: Float64Array): Promise<Factors> {
  const { events, learn, rng } = unfolding;
  const pushed = product(weights.simulation, push);
  const { ratios, quality } = await learn({
    numerator: events.rows('data', events.data, weights.data),
    denominator: events.rows('detector', events.measured, pushed),
    rng: rng.fork('data'),
  });
  const values = push.slice();
  for (const [k, i] of events.measured.entries()) values[i]! *= ratios[k]!;
  const missed = await missedFactors(unfolding, weights, values);
  for (const [k, i] of events.missed.entries()) values[i] = missed.values[k]!;
  return { values, quality: worse(quality, missed.quality) };
}

/** [missed] factors of the events that were not measured. */
async function missedFactors(
  { events, options, learn, rng }: Unfolding,
  { simulation }: EventWeights,
  pulled: Float64Array,
): Promise<Factors> {
  const { missed, both } = events;
  if (options.misses === 'one' || missed.length === 0) {
    return { values: new Float64Array(missed.length).fill(1), quality: NO_CLASSIFIER };
  }
  if (options.misses === 'kept') return { values: pickEvents(pulled, missed), quality: NO_CLASSIFIER };
  // The ratio of the same events with and without the factors is their mean at a truth.
  const found = await learn({
    numerator: events.rows('truth', both, product(simulation, pulled)),
    denominator: events.rows('truth', both, simulation),
    at: events.rows('truth', missed, simulation).features,
    rng: rng.fork('misses'),
  });
  return { values: found.ratios, quality: found.quality };
}

/** Step 2: the factors as a function of the truth; those of fakes by themselves. */
async function pushToTruth(
  { events, options, learn, rng }: Unfolding,
  { simulation }: EventWeights,
  pulled: Float64Array,
): Promise<Factors> {
  const { ratios, quality } = await learn({
    numerator: events.rows('truth', events.true, product(simulation, pulled)),
    denominator: events.rows('truth', events.true, simulation),
    rng: rng.fork('truth'),
  });
  const values = new Float64Array(pulled.length).fill(1);
  for (const [k, i] of events.true.entries()) values[i] = ratios[k]!;
  if (options.fakes === 'averaged') {
    const mean = sumOver(events.fakes, product(simulation, pulled)) / sumOver(events.fakes, simulation);
    for (const i of events.fakes) values[i] = mean;
  }
  return { values, quality };
}

/** The method `omnifold`. */
export const omnifold = component(Unfolder, 'omnifold', {
  description: 'Classifiers weight simulated events until they look like the data: OmniFold, without bins',
  options: omnifoldOptions,
  inject: [RatioEstimator],
  create: ({ options, rng }, classifier) => omnifoldUnfolder(options, classifier, rng),
});
