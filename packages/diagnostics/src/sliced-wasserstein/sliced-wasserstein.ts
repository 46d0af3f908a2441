import { component, type EvaluatedDraws, Evaluator, EventSpec, type Rng } from '@unfold-zoo/core';
import type { Findings, Table, Verdict, VerdictStatus } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { modelColumns, probabilityText } from '../drawing/number-text.js';
import { pairedSample, truthApart } from '../draws/paired-sample.js';
import { momentumSpace } from '../draws/truth-sample.js';
import { holmAdjusted } from '../statistics/holm.js';
import { resolvedOption, significanceOption, toleranceOption } from '../statistics/verdict-options.js';
import { type PairedPoints, randomExchanges, type SlicedDistance, slicedDistance } from './sliced-distance.js';

const slicedWassersteinOptions = z.object({
  significance: significanceOption(0.05, 'Chance, over all rows together, that a right one is called bad'),
  tolerance: toleranceOption(0.01, 'Distance in sd, beyond that of right draws, that is no matter'),
  resolved: resolvedOption(0.1, 'The distance of right draws must be below this, or the verdict is undecided'),
  directions: z.int().min(1).max(10_000).default(32).describe('Random directions in the space of all momenta'),
  particleDirections: z.int().min(1).max(1_000).default(6).describe('Random directions of the momentum of a particle'),
  events: z.int().min(2).default(5_000).describe('Evaluated events that are compared, with one draw of each'),
  exchanges: z.int().min(99).default(499).describe('Random exchanges of truth and draws that chances are found from'),
});

/** Parsed options of the evaluator `sliced-wasserstein`. */
export type SlicedWassersteinOptions = z.output<typeof slicedWassersteinOptions>;

/** Training events that momenta are standardised by. */
const EVENTS_OF_SCALE = 10_000;
const MOMENTA_OF_PARTICLE = 3;

interface NamedDistance extends SlicedDistance {
  readonly label: string;
  /** Adjusted for the number of rows. */
  readonly adjusted: number;
}

/** How far draws are from the truth in all momenta together, and in those of each particle, beside right draws. */
export class SlicedWasserstein implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: SlicedWassersteinOptions,
    readonly rng: Rng,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const distances = this.#distances(await this.#points(drawn));
    return { tables: [tableOf(distances)], verdicts: distances.map((each) => this.#verdict(each)) };
  }

  /** Standardised by other events, or by truth and draws alike, so that both may still be exchanged. */
  async #points(drawn: EvaluatedDraws): Promise<PairedPoints> {
    const pairs = await pairedSample(drawn, this.options.events);
    const training = await truthApart(drawn, 'train', EVENTS_OF_SCALE);
    const scale = training.length > 0 ? training : Float32Array.from([...pairs.truth, ...pairs.drawn]);
    const { coordinates, width } = momentumSpace(this.spec, scale);
    const { weights } = pairs;
    return {
      truth: coordinates(pairs.truth),
      drawn: coordinates(pairs.drawn),
      width,
      ...(weights && { weights }),
    };
  }

  #distances(points: PairedPoints): NamedDistance[] {
    const { directions, particleDirections } = this.options;
    const exchanges = randomExchanges(
      points.truth.length / points.width,
      this.options.exchanges,
      this.rng.fork('exchanges'),
    );
    const all = Array.from({ length: points.width }, (_, column) => column);
    const parts = [
      { label: 'all momenta together', columns: all, directions },
      ...this.spec.particles.map(({ label }, particle) => ({
        label: `${label} momentum`,
        columns: all.slice(particle * MOMENTA_OF_PARTICLE, (particle + 1) * MOMENTA_OF_PARTICLE),
        directions: particleDirections,
      })),
    ];
    const found = parts.map(({ columns, directions: count }, i) =>
      slicedDistance(points, columns, { directions: count, exchanges }, this.rng.fork(`directions ${i}`)),
    );
    const adjusted = holmAdjusted(found.map(({ chance }) => chance));
    return found.map((each, i) => ({ ...each, label: parts[i]!.label, adjusted: adjusted[i]! }));
  }

  #verdict({ label, distance, expected, adjusted }: NamedDistance): Verdict {
    const { significance, tolerance, resolved } = this.options;
    const badness = Math.max(0, distance - expected);
    const about = { quantity: label, diagnostic: 'sliced-wasserstein', badness } as const;
    const numbers = `${distance.toFixed(3)} sd, ${expected.toFixed(3)} of right draws`;
    const isBad = adjusted < significance && badness > tolerance;
    const status: VerdictStatus = isBad ? 'bad' : expected > resolved ? 'undecided' : 'good';
    const words = {
      bad: 'not distributed as the truth',
      undecided: 'not enough events to tell',
      good: 'distributed as the truth',
    };
    return { ...about, status, text: `${words[status]}: ${numbers}` };
  }
}

function tableOf(distances: readonly NamedDistance[]): Table {
  return {
    title: 'Sliced Wasserstein distance of draws and truth',
    heading: 'Momenta',
    columns: modelColumns('Distance [sd]', 'right draws: mean', '95 %', 'chance', 'adjusted'),
    rows: distances.map(({ label, distance, expected, expectedHigh, chance, adjusted }) => ({
      label,
      origin: 'model',
      cells: [
        distance.toFixed(4),
        expected.toFixed(4),
        expectedHigh.toFixed(4),
        probabilityText(chance),
        probabilityText(adjusted),
      ],
    })),
    notes: [
      'Mean Wasserstein distance of projections on random directions, in standard deviations of the true momenta. ' +
        'Right draws: what it is after truth and draw change places in events at random, which right posteriors allow.',
      'Adjusted: the chance of so large a distance, adjusted for the number of rows (Holm).',
    ],
  };
}

export const slicedWassersteinEvaluator = component(Evaluator, 'sliced-wasserstein', {
  description: 'How far draws are from the truth in all momenta together and in those of each particle',
  options: slicedWassersteinOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new SlicedWasserstein(spec, options, rng),
});
