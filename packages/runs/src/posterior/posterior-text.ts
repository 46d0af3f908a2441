import { type NeutrinoSolutions, textTable } from '@unfold-zoo/report';
import type { PosteriorSummary, QuantitySummary } from './posterior-summary.js';

/**
 * The summary for people.
 * @example
 * console.log(describePosteriors((await comparePosteriors(['runs/vld'], { event: 3 })).summary));
 */
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
  const counts = `${events} training events, ${effectiveEvents.toFixed(1)} effective`;
  const found = `reference: ${counts}, nearest at distance ${nearest.toFixed(2)}`;
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
  const title = `${particle} ${quantity}${unit && ` [${unit}]`}`;
  return ['', truth === undefined ? title : `${title}: truth ${truth.toPrecision(4)}`, ...textTable([head, ...cells])];
}
