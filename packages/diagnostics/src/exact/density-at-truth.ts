import type { EvaluatedDraws } from '@unfold-zoo/core';
import { readEvents, truePartons } from '@unfold-zoo/core/events';
import type { Table } from '@unfold-zoo/core/findings';
import { modelColumns, withError } from '../drawing/number-text.js';
import { weightedMean } from '../statistics/measured.js';

/** Events that a model's density is computed of, and how many at once: each takes some hundred points. */
const MOST_EVENTS = 1000;
const EVENTS_AT_ONCE = 32;

/**
 * A model's own density beside the exact one, both at the truth of the same events; no table for models and problems
 * without. The mean of the difference is the Kullback-Leibler divergence of the model's posterior from the exact one,
 * in nats, mean over observations: zero for a perfect model, and for no other.
 */
export async function densityAtTruth(drawn: EvaluatedDraws): Promise<Table[]> {
  const { source, split, start } = drawn;
  const events = Math.min(drawn.events, MOST_EVENTS);
  const [model, exact] = [new Float64Array(events), new Float64Array(events)];
  for (let first = 0; first < events; first += EVENTS_AT_ONCE) {
    const count = Math.min(EVENTS_AT_ONCE, events - first);
    const ofModel = await drawn.logDensity?.(first, count);
    if (!ofModel) return [];
    const block = await readEvents(source, split, start + first, count);
    const ofExact = source.exactPosterior!(block).logDensity?.(0, truePartons(block));
    if (!ofExact) return [];
    model.set(ofModel, first);
    exact.set(ofExact, first);
  }
  const weights = drawn.weights?.subarray(0, events);
  const divergence = exact.map((value, i) => value - model[i]!);
  const cell = (values: Float64Array): string => {
    const { value, error } = weightedMean(values, weights);
    return withError(value, error);
  };
  return [
    {
      title: "The model's own density at the truth",
      heading: 'Particle',
      columns: modelColumns('ln p of the model', 'ln p exact', 'Difference [nats]'),
      rows: [{ label: source.spec.particles[0]!.label, origin: 'model', cells: [model, exact, divergence].map(cell) }],
      notes: [
        `Means over ${events} events of the logarithms of both densities of mass and momentum, in GeV, at the truth. ` +
          'The energy, which the model learns as a number of its own, is integrated over.',
        'Difference: mean of ln p exact − ln p of the model, the Kullback-Leibler divergence of the posteriors; 0 ' +
          'for a perfect model.',
      ],
    },
  ];
}
