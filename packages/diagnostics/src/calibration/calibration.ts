import { component, type EvaluatedDraws, Evaluator, EventSpec, type Rng } from '@unfold-zoo/core';
import type { Findings, Table, Verdict } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { modelColumns, probabilityText, withError } from '../drawing/number-text.js';
import { evaluatedBlocks } from '../draws/evaluated-blocks.js';
import { truthApart } from '../draws/paired-sample.js';
import { columnName } from '../draws/quantity-blocks.js';
import { holmAdjusted } from '../statistics/holm.js';
import { SHIFT_OF_SHARE } from '../statistics/shares.js';
import { resolvedOption, significanceOption, toleranceOption } from '../statistics/verdict-options.js';
import { coverageFigure, tarpFigure, transformFigure } from './calibration-figures.js';
import { ecdfBand } from './ecdf-band.js';
import { QuantityRankStatistics, type QuantityRanks } from './quantity-ranks.js';
import type { RankHistogram } from './rank-histogram.js';
import { RankMoments } from './rank-moments.js';
import { COVERAGE_LEVELS, coverageAt, median, type RankSummary, summariseRanks } from './rank-summary.js';
import { type RankVerdict, rankProbability, rankVerdict } from './rank-verdict.js';
import { TarpStatistics } from './tarp.js';

const calibrationOptions = z.object({
  significance: significanceOption(0.05, 'Chance, over all quantities together, that a right one is called bad'),
  tolerance: toleranceOption(0.02, 'Bias in sd, or relative error of the width, that is no matter'),
  resolved: resolvedOption(
    0.1,
    'Two standard errors of bias and width, and what is seen of both, must be below this for good',
  ),
  references: z.int().min(1).max(16).default(4).describe('Sets of random points of TARP, each a test of its own'),
  others: z
    .int()
    .min(1)
    .default(10_000)
    .describe('Training events that the random points of TARP are taken from; none of those that are evaluated'),
});

/** Parsed options of the evaluator `calibration`. */
export type CalibrationOptions = z.output<typeof calibrationOptions>;

/** Levels of which the table shows the coverage: one and two standard deviations of a normal distribution. */
const SHOWN_LEVELS = [0.6827, 0.9545] as const;

/** Of a quantity whose draws are all equal to its truth, e.g. the mass of a neutrino. */
const ALWAYS_RIGHT: RankVerdict = { status: 'good', badness: 0, text: 'always equal to the truth' };

/** Ranks of one quantity, summed up and judged. */
interface JudgedQuantity extends QuantityRanks {
  readonly summary: RankSummary;
  readonly probability: number;
  readonly verdict: RankVerdict;
}

/**
 * Whether posteriors are right event by event: where the truth lies among the draws of its own event, for each quantity
 * of each particle, and for all momenta together.
 */
export class Calibration implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: CalibrationOptions,
    readonly rng: Rng,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const { ranks, tarp } = await this.#ranks(drawn);
    const moments = new RankMoments(drawn.draws);
    const judged = this.#judge(ranks, moments);
    const band = ecdfBand(ranks[0]!.histogram.effectiveEvents, {}, this.rng.fork('band'));
    const together = this.#together(tarp, moments);
    return {
      tables: [this.#quantityTable(judged), this.#coverageTable(judged), ...together.tables],
      figures: [
        transformFigure(this.spec, ranks, band),
        coverageFigure(this.spec, ranks),
        ...(tarp.length > 0 ? [tarpFigure(tarp, band)] : []),
      ],
      verdicts: [...judged.map((each) => this.#verdict(each)), ...together.verdicts],
    };
  }

  async #ranks(drawn: EvaluatedDraws) {
    const { draws } = drawn;
    const { references } = this.options;
    const others = await this.#eventsApart(drawn);
    const ofQuantities = new QuantityRankStatistics(this.spec, draws, this.rng.fork('ties'));
    const ofPoints = new TarpStatistics(this.spec, { others, draws, references }, this.rng.fork('points'));
    for await (const block of evaluatedBlocks(drawn)) {
      ofQuantities.add(block);
      ofPoints.add(block);
    }
    return { ranks: ofQuantities.finish(), tarp: ofPoints.finish() };
  }

  /** Truth of training events that are not evaluated; where there are none, of validation events. */
  async #eventsApart(drawn: EvaluatedDraws): Promise<Float32Array> {
    const training = await truthApart(drawn, 'train', this.options.others);
    return training.length > 0 ? training : truthApart(drawn, 'validation', this.options.others);
  }

  #judge(ranks: readonly QuantityRanks[], moments: RankMoments): JudgedQuantity[] {
    const summaries = ranks.map(({ histogram }, i) => summariseRanks(histogram, moments, this.rng.fork(`ranks ${i}`)));
    const adjusted = holmAdjusted(summaries.map((each, i) => (ranks[i]!.differs ? rankProbability(each) : 1)));
    return ranks.map((each, i) => {
      const [summary, probability] = [summaries[i]!, adjusted[i]!];
      const verdict = each.differs ? rankVerdict(summary, probability, this.options) : ALWAYS_RIGHT;
      return { ...each, summary, probability, verdict };
    });
  }

  #verdict({ verdict, ...column }: JudgedQuantity): Verdict {
    return { quantity: columnName(this.spec, column), diagnostic: 'calibration', ...verdict };
  }

  #quantityTable(judged: readonly JudgedQuantity[]): Table {
    const rows = judged.map(({ summary, probability, verdict, histogram, ...column }) => ({
      label: columnName(this.spec, column),
      origin: 'model' as const,
      cells: [
        summary.ks.distance.toFixed(3),
        probabilityText(summary.ks.probability),
        ...SHOWN_LEVELS.map((level) => coverageAt(histogram, level).value.toFixed(3)),
        summary.calibrationError.toFixed(4),
        withError(summary.width.value, summary.width.error),
        withError(summary.bias.value, summary.bias.error),
        probabilityText(probability),
        verdict.text,
      ],
    }));
    const mean = (of: (each: RankSummary) => number): number =>
      judged.reduce((sum, { summary }) => sum + of(summary), 0) / judged.length;
    const total = [
      mean(({ ks }) => ks.distance).toFixed(3),
      '',
      '',
      '',
      mean((each) => each.calibrationError).toFixed(4),
    ];
    const good = judged.filter(({ verdict }) => verdict.status === 'good').length;
    return {
      title: 'Calibration of each quantity',
      heading: 'Quantity',
      columns: modelColumns('K-S', 'chance', '68.3 %', '95.4 %', 'Error', 'Width', 'Bias [sd]', 'adjusted', 'Verdict'),
      rows: [
        ...rows,
        { label: 'Mean', origin: 'sum', cells: [...total, '', '', '', `${good} of ${judged.length} calibrated`] },
      ],
      notes: [
        'K-S: largest distance of the distribution function of the probability integral transform from the diagonal, ' +
          'and its chance for right posteriors. 68.3 % and 95.4 %: how often the truth lies in these intervals.',
        'Error: median over 20 levels of |coverage − level|. Width: how many times wider than right; bias: by how ' +
          'many of their standard deviations the posteriors are too high; both for posteriors that are about normal.',
        'Adjusted: chance of the worst of the three tests (K-S, width, bias), adjusted for how many quantities are ' +
          'looked at (Holm). A verdict is bad below ' +
          `${this.options.significance} if the effect is above ${this.options.tolerance}.`,
      ],
    };
  }

  #coverageTable(judged: readonly JudgedQuantity[]): Table {
    const rows = COVERAGE_LEVELS.map((level, k) => ({
      label: `${(100 * level).toFixed(1)} %`,
      origin: 'model' as const,
      cells: this.spec.particles.map((_, particle) => {
        const own = judged.filter((each) => each.particle === particle).map(({ summary }) => summary.coverage[k]!);
        return withError(own.reduce((sum, { value }) => sum + value, 0) / own.length, own[0]!.error);
      }),
    }));
    return {
      title: 'Coverage of central intervals, mean over the quantities of each particle',
      heading: 'Level',
      columns: modelColumns(...this.spec.particles.map(({ label }) => label)),
      rows,
      notes: ['The error is that of one quantity: quantities of a particle hang together.'],
    };
  }

  #together(tarp: readonly RankHistogram[], moments: RankMoments): { tables: Table[]; verdicts: Verdict[] } {
    if (tarp.length === 0) return { tables: [], verdicts: [] };
    const summaries = tarp.map((histogram, i) => summariseRanks(histogram, moments, this.rng.fork(`points ${i}`)));
    const probability = Math.min(...holmAdjusted(summaries.map(({ ks }) => ks.probability)));
    const distance = median(summaries.map(({ ks }) => ks.distance));
    const isBad = probability < this.options.significance;
    const table: Table = {
      title: 'All momenta together: tests of accuracy with random points (TARP)',
      heading: 'Points',
      columns: modelColumns('K-S', 'chance', 'Error'),
      rows: summaries.map(({ ks, calibrationError }, i) => ({
        label: `set ${i + 1}`,
        origin: 'model',
        cells: [ks.distance.toFixed(3), probabilityText(ks.probability), calibrationError.toFixed(4)],
      })),
      notes: [
        'K-S: one-sample test of the share of draws nearer to a random point than the truth, against the uniform.',
      ],
    };
    const verdict: Verdict = {
      quantity: 'all momenta together',
      diagnostic: 'calibration',
      status: isBad ? 'bad' : 'good',
      badness: SHIFT_OF_SHARE * distance,
      text: isBad
        ? `wrong taken together (TARP: K-S ${distance.toFixed(3)}, chance ${probabilityText(probability)})`
        : `calibrated (TARP: chance ${probabilityText(probability)})`,
    };
    return { tables: [table], verdicts: [verdict] };
  }
}

export const calibrationEvaluator = component(Evaluator, 'calibration', {
  description:
    'Whether posteriors are right event by event: ranks, coverage, width and bias of every quantity, and TARP for all',
  options: calibrationOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new Calibration(spec, options, rng),
});
