import { component, type EvaluatedDraws, Evaluator, EventSpec, type Rng } from '@unfold-zoo/core';
import type { Findings, Table, Verdict } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { modelColumns, probabilityText, withError } from '../drawing/number-text.js';
import type { Measured } from '../statistics/measured.js';
import { normalQuantile, twoSidedChance } from '../statistics/normal.js';
import { significanceOption } from '../statistics/verdict-options.js';
import { areaUnderCurve, preferenceForTruth } from './auc.js';
import { weightFigure } from './classifier-figure.js';
import { crossFit, type FoldScores } from './cross-fit.js';
import { labelledEvents } from './labelled-events.js';

const classifierOptions = z.object({
  events: z.int().min(20).default(4000).describe('So many events at most, the first; the time grows with them'),
  draws: z.int().min(1).default(2).describe('So many draws of each event at most'),
  folds: z.int().min(2).max(20).default(5).describe('Networks, each of which scores the events that it has not seen'),
  width: z.int().min(1).default(96).describe('Units of each of the two hidden layers'),
  epochs: z.int().min(1).default(20).describe('Passes over the events at most; fewer once held-back events lose'),
  batchSize: z
    .int()
    .min(1)
    .default(512)
    .describe('Rows of one update; an event has one row a draw and one for its truth'),
  learningRate: z.number().gt(0).default(2e-3).describe('Learning rate of AdamW'),
  weightDecay: z.number().min(0).default(0.1).describe('Weight decay of AdamW'),
  significance: significanceOption(0.01, 'Chance that right posteriors are called bad'),
  tolerance: z.number().min(0).max(0.5).default(0.01).describe('Area under the curve above 0.5 that is no matter'),
  resolved: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.03)
    .describe('Two standard errors of the area must be below this for good'),
});

/** Parsed options of the evaluator `classifier`. */
export type ClassifierOptions = z.output<typeof classifierOptions>;

/** What the networks of all folds say together. */
interface Told {
  readonly area: Measured;
  /** Chance of so large a preference for truths, or larger, of right posteriors. */
  readonly chance: number;
  /** Draws of equal weight that the weighted draws are worth, as a share of them. */
  readonly effectiveShare: number;
}

/**
 * The classifier two-sample test of (observation, truth) against (observation, draw): Lopez-Paz and Oquab, arXiv
 * 1610.06545. What no classifier can tell from the truth is right for each event, in all correlations.
 */
export class Classifier implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: ClassifierOptions,
    readonly rng: Rng,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    await drawn.startEngine?.();
    const data = await labelledEvents(this.spec, drawn, this.options);
    const folds = await crossFit(data, this.options, this.rng.fork('networks'));
    const told = this.#told(folds);
    return {
      tables: [this.#areaTable(folds, told), this.#usedTable(folds, told)],
      figures: [weightFigure(folds.flatMap(({ events }) => events))],
      verdicts: [this.#verdict(told)],
    };
  }

  #told(folds: readonly FoldScores[]): Told {
    const events = folds.flatMap((fold) => fold.events);
    const z = preferenceForTruth(events);
    const weights = events.flatMap(({ draws, weight }) => draws.map((score) => weight * Math.exp(score)));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const squares = weights.reduce((all, weight) => all + weight * weight, 0);
    return {
      area: meanArea(folds),
      chance: z > 0 ? twoSidedChance(z) / 2 : 1 - twoSidedChance(z) / 2,
      effectiveShare: sum ** 2 / squares / weights.length,
    };
  }

  #areaTable(folds: readonly FoldScores[], { area, chance, effectiveShare }: Told): Table {
    const rows = folds.map(({ events }, fold) => {
      const own = areaUnderCurve(events);
      return { label: `fold ${fold + 1}`, origin: 'model' as const, cells: [withError(own.value, own.error), '', ''] };
    });
    const all = [withError(area.value, area.error), probabilityText(chance), `${(100 * effectiveShare).toFixed(1)} %`];
    return {
      title: 'Classifier: can the draws of an event be told from its truth?',
      heading: 'Events',
      columns: modelColumns('AUC', 'chance', 'effective draws'),
      rows: [...rows, { label: 'all', origin: 'sum', cells: all }],
      notes: [
        'AUC: how often the truth of an event scores above a draw of an event; 0.5 if they cannot be told apart. ' +
          'Each fold is scored by a network that was trained on the others.',
        'Chance: that right posteriors are told from the truth so well. Effective draws: how many remain of all, ' +
          "if the classifier's weights were to correct them.",
      ],
    };
  }

  #usedTable(folds: readonly FoldScores[], { area }: Told): Table {
    const groups = [...folds[0]!.shuffled.keys()];
    const rows = groups
      .map((group) => ({
        label: group,
        drop: area.value - folds.reduce((sum, { shuffled }) => sum + shuffled.get(group)! / folds.length, 0),
      }))
      .sort((a, b) => b.drop - a.drop)
      .map(({ label, drop }) => ({ label, origin: 'model' as const, cells: [drop.toFixed(4)] }));
    return {
      title: 'What the classifier tells draws from truths by',
      heading: 'Features of',
      columns: modelColumns('AUC lost'),
      rows,
      notes: [
        'AUC lost when these features are exchanged between configurations at random: the larger, the more used.',
      ],
    };
  }

  #verdict({ area, chance }: Told): Verdict {
    const { significance, tolerance, resolved } = this.options;
    const measured = { name: 'AUC', ...area };
    const about = { quantity: 'all momenta together', diagnostic: 'classifier', measured };
    // Of two normal distributions of width 1 this far apart the best classifier has this area.
    const badness = Math.max(0, Math.SQRT2 * normalQuantile(Math.min(Math.max(area.value, 0.5), 1 - 1e-9)));
    const told = `AUC ${withError(area.value, area.error)}`;
    if (chance < significance && area.value - 0.5 > tolerance)
      return { ...about, status: 'bad', badness, text: `a classifier tells draws from the truth (${told})` };
    if (2 * area.error > resolved)
      return { ...about, status: 'undecided', badness, text: `not enough events to tell (${told})` };
    return { ...about, status: 'good', badness, text: `a classifier does not tell draws from the truth (${told})` };
  }
}

function meanArea(folds: readonly FoldScores[]): Measured {
  const areas = folds.map(({ events }) => areaUnderCurve(events));
  const value = areas.reduce((sum, area) => sum + area.value, 0) / areas.length;
  return { value, error: Math.hypot(...areas.map(({ error }) => error)) / areas.length };
}

export const classifierEvaluator = component(Evaluator, 'classifier', {
  description:
    'Whether a neural network tells draws from the truth of the same events: in one quantity, in many, or in how ' +
    'they depend on what the detector saw',
  options: classifierOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new Classifier(spec, options, rng),
});
