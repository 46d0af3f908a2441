import { component, type EvaluatedDraws, Evaluator, EventSpec, type Rng, UserError } from '@unfold-zoo/core';
import type { Figure, Findings, Table } from '@unfold-zoo/core/findings';
import { spread as standardDeviation } from '@unfold-zoo/metrics';
import { z } from 'zod';
import { HORIZONTAL } from '../calibration/calibration-figures.js';
import { coverageAt } from '../calibration/rank-summary.js';
import { curvePanels } from '../drawing/curve-panels.js';
import { modelColumns, withError } from '../drawing/number-text.js';
import { evaluatedBlocks } from '../draws/evaluated-blocks.js';
import { columnName } from '../draws/quantity-blocks.js';
import type { SketchDistances } from '../statistics/quantile-sketch.js';
import type { MemberDistances } from './member-distances.js';
import { type MemberQuantity, MemberStatistics } from './member-ranks.js';

/** One standard deviation of a normal distribution. */
const LEVEL = 0.6827;
/** Panels of the figure. */
const SHOWN = 8;
/** Points of its curves. */
const QUANTILES = Array.from({ length: 51 }, (_, i) => i / 50);

/** How far the members of an ensemble disagree, and how right each of them is by itself, per event and on average. */
export class Members implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly rng: Rng,
  ) {}

  /** @throws UserError for draws of a model that is no ensemble, or of one member of it. */
  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const { members } = drawn;
    if (!members || members.names.length < 2) {
      throw new UserError(
        'invalid evaluator "members": it compares the members of an ensemble, and these draws are of one model; ' +
          'leave it out, or train with ensemble: { seeds: [0, 1, 2] }',
      );
    }
    const statistics = new MemberStatistics(this.spec, members.names.length, this.rng.fork('ties'));
    for await (const block of evaluatedBlocks(drawn)) statistics.add(block, block.members!);
    const quantities = statistics.finish();
    return {
      tables: [
        this.#spreadTable(quantities),
        this.#memberTable(quantities, members.names),
        this.#distanceTable(quantities, members.names),
      ],
      figures: [this.#figure(quantities, members.names)],
    };
  }

  #spreadTable(quantities: readonly MemberQuantity[]): Table {
    const mean = quantities.reduce((sum, { spread }) => sum + spread.value, 0) / quantities.length;
    return {
      title: 'How far members disagree',
      heading: 'Quantity',
      columns: modelColumns('Spread [sd]'),
      rows: [
        ...quantities.map(({ spread, ...column }) => ({
          label: columnName(this.spec, column),
          origin: 'model' as const,
          cells: [withError(spread.value, spread.error)],
        })),
        { label: 'Mean', origin: 'sum', cells: [mean.toFixed(3)] },
      ],
      notes: [
        "Spread: standard deviation of the members' means of a posterior, in standard deviations of the mixture's, " +
          'without what a finite number of draws adds. It is what training from another seed changes: where it is ' +
          'not small, a single training says more than it knows.',
      ],
    };
  }

  #memberTable(quantities: readonly MemberQuantity[], names: readonly string[]): Table {
    return {
      title: 'Calibration of each member',
      heading: 'Member',
      columns: modelColumns('K-S, mean', 'K-S, worst', 'of', '68.3 %, mean off', '68.3 %, worst off', 'of'),
      rows: names.map((label, member) => ({ label, origin: 'model', cells: this.#memberCells(quantities, member) })),
      notes: [
        'As in the table of the mixture, from the draws of each member alone: K-S is the largest distance of the ' +
          'distribution function of the probability integral transform from the diagonal, off how far the share of ' +
          'truth in central intervals is from their level. Means and worst are over quantities.',
      ],
    };
  }

  #distanceTable(quantities: readonly MemberQuantity[], names: readonly string[]): Table {
    const rowOf = (some: readonly MemberQuantity[], distance: keyof SketchDistances): string[] => {
      const total = (of: (distances: MemberDistances) => SketchDistances) =>
        some.reduce((sum, { distances }) => sum + of(distances)[distance], 0);
      const ofMembers = names.map((_, member) => total(({ ofMembers }) => ofMembers[member]!));
      const numbers = [...ofMembers, total(({ ofMixture }) => ofMixture), standardDeviation(ofMembers)];
      return numbers.map((number) => number.toFixed(distance === 'ks' ? 3 : 2));
    };
    return {
      title: 'Distances of each member',
      heading: 'Particle',
      columns: modelColumns(...names, 'all draws', 'scatter of members'),
      rows: [
        ...this.spec.particles.map(({ label }, particle) => ({
          label,
          origin: 'model' as const,
          cells: rowOf(
            quantities.filter((quantity) => quantity.particle === particle),
            'wasserstein',
          ),
        })),
        { label: 'Total', origin: 'sum', cells: rowOf(quantities, 'wasserstein') },
        { label: 'K-S, total', origin: 'sum', cells: rowOf(quantities, 'ks') },
      ],
      notes: [
        'Wasserstein distances of the spectra of the draws of each member, and of all draws, to the truth of these ' +
          'events, summed over quantities, in GeV and radians; by histograms whose bins grow by 1 %. Scatter: their ' +
          'standard deviation, which is what training from another seed changes. All have the same truth: that it is ' +
          'a finite sample adds to each distance, and little to their scatter.',
      ],
    };
  }

  #memberCells(quantities: readonly MemberQuantity[], member: number): string[] {
    const distances = quantities.map(({ ranks }) => ranksDistance(ranks[member]!));
    const coverages = quantities.map(({ ranks }) => coverageError(ranks[member]!));
    return [distances, coverages].flatMap((values) => {
      const worst = Math.max(...values);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return [mean.toFixed(3), worst.toFixed(3), columnName(this.spec, quantities[values.indexOf(worst)]!)];
    });
  }

  #figure(quantities: readonly MemberQuantity[], names: readonly string[]): Figure {
    const shown = [...quantities].sort((a, b) => b.spread.value - a.spread.value).slice(0, SHOWN);
    return {
      name: 'members-pit',
      title: 'Where the truth lies among the draws of each member',
      caption:
        'Share of events whose truth lies below a quantile of the posterior of one member, less that quantile, of ' +
        'the quantities that members disagree most about; one line a member. Lines that lie together differ from ' +
        'zero for a reason that all trainings share; lines that do not, by the chance of a training.',
      svg: curvePanels({
        title: 'Where the truth lies among the draws of each member',
        note: 'The quantities that members disagree most about, the most first.',
        labels: names,
        panels: shown.map(({ ranks, ...column }) => ({
          title: columnName(this.spec, column),
          curves: ranks.map(({ histogram }, style) => ({
            style,
            x: QUANTILES,
            y: QUANTILES.map((quantile) => histogram.below(quantile) - quantile),
          })),
          guide: HORIZONTAL,
        })),
        x: [0, 1],
        xTitle: 'Quantile of the posterior',
        yTitle: 'Share below − quantile',
      }),
    };
  }
}

type Ranks = MemberQuantity['ranks'][number];

/** 0 for a quantity that is always equal to the truth, whose ranks say nothing. */
function ranksDistance({ histogram, differs }: Ranks): number {
  if (!differs) return 0;
  return Math.max(...QUANTILES.map((quantile) => Math.abs(histogram.below(quantile) - quantile)));
}

function coverageError({ histogram, differs }: Ranks): number {
  return differs ? Math.abs(coverageAt(histogram, LEVEL).value - LEVEL) : 0;
}

/** The component `members` of the role `evaluators`. */
export const membersEvaluator = component(Evaluator, 'members', {
  description:
    'Of an ensemble: how far its members disagree about each quantity; calibration and distances of each of them',
  options: z.object({}),
  inject: [EventSpec],
  create: ({ rng }, spec) => new Members(spec, rng),
});
