import { component, type Rng, UserError } from '@unfold-zoo/core';
import { z } from 'zod';
import { clipOption, clippedRatios, type LearnedRatio } from '../reweighting/clipped-ratio.js';
import { RatioEstimator } from '../reweighting/density-ratio.js';
import { pickEvents } from '../reweighting/event-features.js';
import { classifierGates, factorGates, NO_CLASSIFIER, ratioGate, worse } from '../reweighting/weight-quality.js';
import { numbersOf, product, type SimulatedRows, simulatedRows, unfoldedEvents } from './simulated-rows.js';
import { type EventUnfolder, type EventWeights, type UnfoldedEvents, Unfolder } from './unfolder.js';

/** Options of the method `aussie`. */
export const aussieOptions = z.object({
  bandwidth: z
    .number()
    .gt(0)
    .default(0.5)
    .describe(
      'Width of the kernel, in standard deviations of each observable at the detector: events nearer than this look ' +
        'alike. Less sees finer structure, and takes more events',
    ),
  clip: clipOption,
});

/** Parsed options of the method `aussie`. */
export type AussieOptions = z.output<typeof aussieOptions>;

/**
 * Unfolding by one kernel loss (arXiv 2602.24282): simulated events are weighted as a function of the truth alone, so
 * that the mean weight of events that look alike at the detector is the ratio of data to simulation there. That is what
 * OmniFold and iterative Bayes end with after endless iterations, found without any. A classifier learns the ratio at
 * the detector; what weights the truth is of the same kind, fitted to a loss of pairs of simulated events. Events that
 * were not measured have the weight of their truth. Fakes have one weight of their own.
 */
export function aussieUnfolder(options: AussieOptions, classifier: RatioEstimator, rng: Rng): EventUnfolder {
  return {
    input: 'events',
    trainings: 2 * classifier.networks,
    prepare: async (problem, { startEngine }) => {
      if (!classifier.fitFolded)
        throw new UserError(
          'invalid classifier: the method aussie needs one that weights the truth too, as polynomial and network do',
        );
      if (classifier.networks > 0) await startEngine();
      const events = simulatedRows(problem);
      return (weights) => unfold({ events, options, classifier, rng }, weights);
    },
  };
}

interface Unfolding {
  readonly events: SimulatedRows;
  readonly options: AussieOptions;
  readonly classifier: RatioEstimator;
  readonly rng: Rng;
}

async function unfold(unfolding: Unfolding, weights: EventWeights): Promise<UnfoldedEvents> {
  const { events, options, classifier, rng } = unfolding;
  const detected = await clippedRatios(
    classifier,
    options.clip,
  )({
    numerator: events.rows('data', events.data, weights.data),
    denominator: events.rows('detector', events.measured, weights.simulation),
    rng: rng.fork('data'),
  });
  const { factors, clipped } = await factorsOfTruth(unfolding, weights, detected);
  const numbers = numbersOf(events, weights, factors);
  const gates = [
    ...factorGates(pickEvents(factors, events.true), pickEvents(weights.simulation, events.true)),
    ratioGate('folded ratio', numbers['folded ratio']!),
    ...classifierGates(worse(detected.quality, { ...NO_CLASSIFIER, clipped })),
  ];
  const result = unfoldedEvents(events, weights, factors);
  return { events: result, decisions: {}, iterations: [{ numbers, events: result }], gates };
}

/** [n] factors of all simulated events, and the share of those of true events that are cut. */
async function factorsOfTruth(
  { events, options, classifier, rng }: Unfolding,
  { simulation }: EventWeights,
  { ratios }: LearnedRatio,
): Promise<{ readonly factors: Float64Array; readonly clipped: number }> {
  const counted = [...events.measured.keys()].filter((k) => simulation[events.measured[k]!] !== 0);
  const measured = counted.map((k) => events.measured[k]!);
  const logRatios = Float64Array.from(counted, (k) => Math.log(ratios[k]!));
  const fitted = await classifier.fitFolded!(
    {
      truth: truthRows(events, measured, simulation),
      detector: events.rows('detector', measured, simulation),
      logRatios,
      bandwidth: options.bandwidth,
    },
    rng.fork('truth'),
  );
  try {
    const of = [...events.true, ...events.fakes];
    const found = await fitted.logRatio(truthRows(events, of, simulation).features);
    const [middle, limit] = [Math.log(meanOf(ratios, pickEvents(simulation, events.measured))), Math.log(options.clip)];
    const factors = new Float64Array(simulation.length).fill(1);
    let cut = 0;
    for (const [k, i] of of.entries()) {
      const log = Math.min(middle + limit, Math.max(middle - limit, found[k]!));
      if (log !== found[k]!) cut++;
      factors[i] = Math.exp(log);
    }
    return { factors, clipped: cut / of.length };
  } finally {
    fitted.dispose();
  }
}

/** Rows of the truth; where there are fakes, with a feature more that is 1 for them. */
function truthRows(events: SimulatedRows, of: readonly number[], simulation: Float64Array) {
  const { features, width, weights } = events.rows('truth', of, simulation);
  if (events.fakes.length === 0) return { features, width, weights };
  const fakes = new Set(events.fakes);
  const wider = new Float64Array(of.length * (width + 1));
  for (const [row, event] of of.entries()) {
    // What a fake has no truth for is 0 or a gap; all fakes are to be alike.
    if (fakes.has(event)) wider[row * (width + 1) + width] = 1;
    else wider.set(features.subarray(row * width, (row + 1) * width), row * (width + 1));
  }
  return { features: wider, width: width + 1, weights };
}

function meanOf(values: Float64Array, weights: Float64Array): number {
  const sums = [product(weights, values), weights].map((each) => each.reduce((sum, value) => sum + value, 0));
  return sums[0]! / sums[1]!;
}

/** The method `aussie`. */
export const aussie = component(Unfolder, 'aussie', {
  description: 'Simulated events weighted by one kernel loss, without iterations: AUSSIE, without bins',
  options: aussieOptions,
  inject: [RatioEstimator],
  create: ({ options, rng }, classifier) => aussieUnfolder(options, classifier, rng),
});
