import type { KinematicQuantity, NumberColumn } from '@unfold-zoo/metrics';
import { type NeutrinoSolutions, rankIn, type SampleSummary, summariseSample } from '@unfold-zoo/report';

/** A sample in numbers, and the share of it below the truth, if that is known. */
export type RankedSummary = SampleSummary & { readonly truthRank?: number };

/** The posterior of one quantity in numbers. */
export interface QuantitySummary {
  readonly particle: string;
  readonly quantity: KinematicQuantity;
  readonly unit: string;
  readonly truth?: number;
  readonly models: readonly (RankedSummary & { readonly label: string })[];
  readonly reference?: RankedSummary;
}

/** What `unfold posterior --json` prints. */
export interface PosteriorSummary {
  /** In the test split, from 0. */
  readonly event: number;
  /** Of each model. */
  readonly draws: number;
  readonly runs: readonly { readonly label: string; readonly path: string }[];
  readonly files: readonly string[];
  /** The neutrino's momentum along the beam in GeV, and its eta, by the W boson's mass; empty lists where none is real. */
  readonly neutrino?: NeutrinoSolutions;
  readonly reference?: {
    /** Training events, and how many of equal weight would know as much as these. */
    readonly events: number;
    readonly effectiveEvents: number;
    /** Distance of the nearest. */
    readonly nearest: number;
    /** The standardised features that distances are measured in. */
    readonly features: readonly string[];
  };
  readonly quantities: readonly QuantitySummary[];
}

/** Draws of one quantity, and what they are compared with. */
export interface QuantityDraws extends Pick<QuantitySummary, 'particle' | 'quantity' | 'unit' | 'truth'> {
  readonly models: readonly { readonly label: string; readonly values: NumberColumn }[];
  readonly reference?: { readonly values: NumberColumn; readonly weights: NumberColumn };
}

/** The numbers of one quantity. */
export function summarisePosterior({ models, reference, ...what }: QuantityDraws): QuantitySummary {
  const options = { angle: what.quantity === 'phi' };
  const summarise = (values: NumberColumn, weights?: NumberColumn): RankedSummary => ({
    ...summariseSample(values, weights, options),
    ...(what.truth !== undefined && { truthRank: rankIn(what.truth, values, weights, options) }),
  });
  return {
    ...what,
    models: models.map(({ label, values }) => ({ label, ...summarise(values) })),
    ...(reference && { reference: summarise(reference.values, reference.weights) }),
  };
}

/** The summary for people. */
export function describePosteriors({ event, draws, neutrino, reference, quantities }: PosteriorSummary): string {
  const lines = [
    `test event ${event}, ${draws} draws of each model`,
    ...(reference ? [describeReference(reference)] : []),
    ...(neutrino ? [describeNeutrino(neutrino)] : []),
    ...quantities.flatMap(describeQuantity),
  ];
  return `${lines.join('\n')}\n`;
}

/** With fewer effective events than this a histogram is mostly noise. */
const FEW = 30;
/** With more than this part of all events the weights say next to nothing. */
const MOST = 0.5;

function describeReference({ events, effectiveEvents, nearest }: NonNullable<PosteriorSummary['reference']>): string {
  const found = `reference: ${events} training events, ${effectiveEvents.toFixed(1)} effective, nearest at distance ${nearest.toFixed(2)}`;
  if (effectiveEvents < FEW) return `${found}; so few are mostly noise`;
  return effectiveEvents > MOST * events ? `${found}; so many are nearly the unconditional distribution` : found;
}

function describeNeutrino({ eta, pz }: NeutrinoSolutions): string {
  if (eta.length === 0) return 'neutrino: no real solution of the W mass constraint';
  const solutions = eta.map((value, i) => `eta ${value.toFixed(2)} (pz ${pz[i]!.toFixed(1)} GeV)`);
  return `neutrino, by the W mass: ${solutions.join(' or ')}`;
}

function describeQuantity({ particle, quantity, unit, truth, models, reference }: QuantitySummary): string[] {
  const rows = [...models, ...(reference ? [{ label: 'reference', ...reference }] : [])];
  const head = ['', 'mean', 'sd', '16 %', 'median', '84 %', ...(truth === undefined ? [] : ['below truth'])];
  const cells = rows.map(({ label, mean, standardDeviation, low, median, high, truthRank }) => [
    label,
    ...[mean, standardDeviation, low, median, high].map((value) => value.toPrecision(4)),
    ...(truthRank === undefined ? [] : [`${(100 * truthRank).toFixed(1)} %`]),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => row[column]!.length)));
  const print = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  const title = `${particle} ${quantity}${unit && ` [${unit}]`}`;
  return ['', truth === undefined ? title : `${title}: truth ${truth.toPrecision(4)}`, ...[head, ...cells].map(print)];
}
