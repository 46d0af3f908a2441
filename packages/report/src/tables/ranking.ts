import { UserError } from '@unfold-zoo/core';
import type { Table } from '@unfold-zoo/core/findings';
import type { Estimate } from '@unfold-zoo/metrics';
import { checkSameLayout, errorOfMean, type ModelDistances, spread } from '@unfold-zoo/metrics';
import { formatEstimate } from './format-estimate.js';

/** Standard errors by which two models have to differ to be told apart. */
export const DISTINGUISHABLE = 2;

/** One model's place among all by the total of one metric. */
export interface ModelRank {
  /** From 1 for the smallest total. */
  readonly place: number;
  readonly label: string;
  /** How many trainings the total is the mean of. */
  readonly trainings: number;
  readonly total: Estimate;
  /** Total less that of the floor; absent without a floor. */
  readonly excess?: Estimate;
  /** Excess, or total without a floor, over that of the best; absent where the best's is not above zero. */
  readonly factor?: number;
  /** Total less that of the place before; absent for the first. */
  readonly step?: Estimate;
  /** Whether that step is more than `DISTINGUISHABLE` of its errors; absent where there is no error. */
  readonly distinct?: boolean;
}

/**
 * Models in the order of a metric's total. The floor is the same for all, so the order by excess over it is the same.
 *
 * Errors of differences are paired: replica r drew the same true events for every model and the floor, so what they
 * have in common is not counted. Where models have several seeds, each adds its spread over them in quadrature. Reports
 * must come from one evaluation, or from evaluations with the same events, seed and number of replicas; where the
 * numbers of replicas differ, errors are combined as if independent, which makes them larger.
 * @throws UserError for no models, an unknown metric, or reports that do not fit together.
 */
export function rankModels(models: readonly ModelDistances[], metric: string): ModelRank[] {
  const index = metricIndex(models, metric);
  const totals = models.map((model) => totalOf(model, index)).sort((a, b) => a.value - b.value);
  const floor = floorTotal(models, index);
  const [best] = totals;
  const height = (total: Total): number => total.value - (floor?.value ?? 0);
  return totals.map((total, i) => {
    const step = i > 0 ? difference(total, totals[i - 1]!) : undefined;
    return {
      place: i + 1,
      label: total.label,
      trainings: total.trainings,
      total: total.estimate,
      ...(floor && { excess: difference(total, floor) }),
      ...(height(best!) > 0 && { factor: height(total) / height(best!) }),
      ...(step && { step }),
      ...(step?.error !== undefined && { distinct: step.value > DISTINGUISHABLE * step.error }),
    };
  });
}

/** A column of a ranking that does not come from distances. */
export interface RankingColumn {
  readonly label: string;
  /** By the label of the model; empty for models that are not there. */
  readonly cells: ReadonlyMap<string, string>;
  /** What it means, for below the table. */
  readonly note?: string;
}

/**
 * A ranking as a table.
 * @param others columns that stand beside the total and decide nothing about the order.
 */
export function rankingTable(
  models: readonly ModelDistances[],
  metric: string,
  others: readonly RankingColumn[] = [],
): Table {
  const ranks = rankModels(models, metric);
  const hasFloor = ranks.some(({ excess }) => excess);
  const hasSeeds = ranks.some(({ trainings }) => trainings > 1);
  const column = (label: string) => ({ label, origin: 'model' as const });
  return {
    title: `Ranking by total ${metric}`,
    heading: 'Model',
    columns: [
      column('Place'),
      ...(hasSeeds ? [column('Seeds')] : []),
      column('Total'),
      ...others.map(({ label }) => column(label)),
      ...(hasFloor ? [column('Above floor')] : []),
      column('Times the best'),
      column('To the place before'),
      column('Told apart'),
    ],
    rows: ranks.map(({ label, place, trainings, total, excess, factor, step, distinct }) => ({
      label,
      origin: 'model',
      cells: [
        String(place),
        ...(hasSeeds ? [String(trainings)] : []),
        formatEstimate(total),
        ...others.map(({ cells }) => cells.get(label) ?? ''),
        ...(hasFloor ? [excess ? formatEstimate(excess) : ''] : []),
        factor === undefined ? '' : factor.toFixed(2),
        step ? formatEstimate(step) : '',
        distinct === undefined ? '' : distinct ? 'yes' : 'no',
      ],
    })),
    notes: [
      `Total: right on average? ${metric} distances of distributions to the truth's, summed.`,
      ...(hasSeeds ? [SEEDS_NOTE] : []),
      ...others.flatMap(({ note }) => note ?? []),
      `Times the best: ratio of ${hasFloor ? 'what is above the floor' : 'totals'}.`,
      `Told apart: a step to the place before of more than ${DISTINGUISHABLE} of its standard errors, which are ` +
        'those of the paired difference and thus smaller than those of the totals.',
    ],
  };
}

const SEEDS_NOTE =
  'Seeds: how many trainings a row is the mean of; the error of one training has no part for how trainings differ.';

/** A total as it is, in every replica, and how far the mean over seeds is uncertain because training is. */
interface Total {
  readonly label: string;
  readonly estimate: Estimate;
  readonly value: number;
  readonly replicas: readonly number[];
  readonly trainings: number;
  readonly ofSeeds: number;
}

function totalOf({ label, report, seeds = [] }: ModelDistances, metric: number): Total {
  const estimate = report.distances.totals[metric]!;
  return {
    label,
    estimate,
    value: estimate.value,
    replicas: report.distances.totalReplicas[metric]!,
    trainings: Math.max(1, seeds.length),
    ofSeeds: errorOfMean(seeds.map((seed) => seed.report.distances.totals[metric]!.value)),
  };
}

function floorTotal(models: readonly ModelDistances[], metric: number): Total | undefined {
  const floor = models.find(({ report }) => report.floor)?.report.floor;
  if (!floor) return undefined;
  const estimate = floor.totals[metric]!;
  return {
    label: 'Floor',
    estimate,
    value: estimate.value,
    replicas: floor.totalReplicas[metric]!,
    trainings: 1,
    ofSeeds: 0,
  };
}

function difference(a: Total, b: Total): Estimate {
  const value = a.value - b.value;
  const ofEvents = pairedError(a, b);
  const ofSeeds = Math.hypot(a.ofSeeds, b.ofSeeds);
  if (ofEvents === undefined) return ofSeeds > 0 ? { value, error: ofSeeds } : { value };
  return { value, error: Math.hypot(ofEvents, ofSeeds) };
}

function pairedError(a: Total, b: Total): number | undefined {
  if (a.replicas.length === 0 || b.replicas.length === 0) return undefined;
  if (a.replicas.length === b.replicas.length) return spread(a.replicas.map((total, r) => total - b.replicas[r]!));
  return Math.hypot(spread(a.replicas), spread(b.replicas));
}

function metricIndex(models: readonly ModelDistances[], metric: string): number {
  if (models.length === 0) throw new UserError('missing models: a ranking needs at least one');
  checkSameLayout(models);
  const { metrics } = models[0]!.report;
  const index = metrics.indexOf(metric);
  if (index < 0) throw new UserError(`unknown metric: "${metric}"; expected one of ${metrics.join(', ')}`);
  return index;
}
