import type { Figure, Table, Verdict } from '@unfold-zoo/core/findings';
import { type Curve, curvePanels } from '../drawing/curve-panels.js';
import { modelColumns, percentText, probabilityText } from '../drawing/number-text.js';
import { quantileOf, weightedSample } from '../statistics/weighted-sample.js';
import type { MemoryTest, NeighbourDistances, Paired } from './memory-statistics.js';

/** What is said of distances: the events that they are to, and the weights [n] of those that they are of. */
export interface MemoryContext {
  readonly trainingEvents: number;
  readonly heldOutEvents: number;
  readonly weights: Float32Array | undefined;
}

/** Medians of distances and both tests. */
export function memoryTable({ training, heldOut, compared }: NeighbourDistances, test: MemoryTest, of: MemoryContext) {
  const median = (values: Float64Array): number => quantileOf(weightedSample(values, of.weights), 0.5);
  const medians = (label: string, { draws, truth }: Paired, ...chance: readonly string[]) => {
    const [ofDraws, ofTruth] = [median(draws), median(truth)];
    const numbers = [ofDraws.toFixed(3), ofTruth.toFixed(3), (ofDraws / ofTruth).toFixed(3)];
    return { label, origin: 'model' as const, cells: [...numbers, ...chance] };
  };
  const chance = probabilityText(test.nearerChance);
  const { draws, truth } = test.nearest;
  const nearest = [percentText(draws), percentText(truth), truth > 0 ? (draws / truth).toFixed(3) : ''];
  const table: Table = {
    title: 'Memory: distance to the nearest training event',
    heading: 'Median of',
    columns: modelColumns('Draws', 'Truth', 'Ratio', 'chance'),
    rows: [
      medians('distance to training events', training, heldOut ? '' : chance),
      ...(heldOut
        ? [medians('distance to held-out events', heldOut, ''), medians('their ratio', compared, chance)]
        : []),
      { label: 'share of the nearest', origin: 'model', cells: [...nearest, probabilityText(test.nearestChance)] },
    ],
    notes: [
      `In the standardised momenta of all particles, to the nearest of ${of.trainingEvents} training events` +
        (heldOut ? ` and of ${of.heldOutEvents} held-out events, which the model has not seen.` : '.'),
      'Chances, of right posteriors, that draws are nearer than the truth as often as this, or that so many of the ' +
        'nearest of both are draws: by exchange of draw and truth. A ratio below 1: the model has learned events by ' +
        `heart${heldOut ? '' : ', or its posteriors are too narrow'}.`,
    ],
  };
  return table;
}

/** Whether events were memorised. */
export function memoryVerdict(
  test: MemoryTest,
  rules: { readonly significance: number; readonly tolerance: number; readonly resolved: number },
  isAgainstHeldOut: boolean,
): Verdict {
  const verdict = { quantity: 'all momenta together', diagnostic: 'memory', badness: test.size } as const;
  if (test.chance < rules.significance && test.size > rules.tolerance) {
    const what = isAgainstHeldOut ? 'training events are memorised' : 'training events are memorised, or too narrow';
    return { ...verdict, status: 'bad', text: `${what}: ${inWords(test)}` };
  }
  // The share has a standard error of 1 / (2 sqrt n); as a shift this is sqrt(pi / n).
  if (2 * Math.sqrt(Math.PI / test.effectiveEvents) > rules.resolved)
    return { ...verdict, status: 'undecided', text: `not enough events to tell: ${inWords(test)}` };
  return { ...verdict, status: 'good', text: 'no nearer to training events than true events are' };
}

function inWords({ nearer, nearest, nearerChance, nearestChance }: MemoryTest): string {
  if (nearerChance <= nearestChance)
    return `draws are nearer to them than the truth in ${percentText(nearer)} of the events`;
  return `${percentText(nearest.draws)} of the draws and ${percentText(nearest.truth)} of the truth are unusually near`;
}

/** Distribution functions of what is compared. */
export function memoryFigure({ training, heldOut, compared }: NeighbourDistances, of: MemoryContext): Figure {
  const title = 'Distance to the nearest training event';
  const panel = (name: string, { draws, truth }: Paired) => ({
    title: name,
    curves: [draws, truth].map((values, style) => distributionCurve(values, of.weights, style)),
  });
  return {
    name: 'memory-distances',
    title,
    caption:
      'Share of draws and of true events whose nearest training event is no farther than this, in the standardised ' +
      'momenta of all particles. Draws to the left of the truth: training events are memorised, or posteriors too ' +
      'narrow. Over the distance to the nearest event that the model has not seen, only memory moves them to the left.',
    svg: curvePanels({
      title,
      note: 'Both lines should be one. Draws to the left: nearer to training events than true events are.',
      labels: ['draws', 'truth'],
      panels: [
        panel('To training events', training),
        ...(heldOut ? [panel('Over that to held-out events', compared)] : []),
      ],
      xTitle: 'Distance or ratio',
      yTitle: 'Share up to it',
      axes: 'own',
    }),
  };
}

const CURVE_POINTS = 200;

function distributionCurve(values: Float64Array, weights: Float32Array | undefined, style: number): Curve {
  const { values: sorted, upTo } = weightedSample(values, weights);
  const places = Array.from({ length: CURVE_POINTS }, (_, k) =>
    Math.round((k / (CURVE_POINTS - 1)) * (sorted.length - 1)),
  );
  return { style, x: places.map((place) => sorted[place]!), y: places.map((place) => upTo[place]!) };
}
