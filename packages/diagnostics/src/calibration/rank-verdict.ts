import type { VerdictStatus } from '@unfold-zoo/core/findings';
import { SHIFT_OF_SHARE } from '../statistics/shares.js';
import type { RankSummary } from './rank-summary.js';

/** When a quantity is called wrong, right or undecided. */
export interface VerdictRules {
  /** Chance, over all quantities together, that a right one is called wrong. */
  readonly significance: number;
  /** An effect that is smaller is right, however significant. */
  readonly tolerance: number;
  /** Two standard errors, and the effect that is seen, must be below this, or it is undecided. */
  readonly resolved: number;
}

/** A verdict on ranks, without whom it is about. */
export interface RankVerdict {
  readonly status: VerdictStatus;
  readonly badness: number;
  readonly text: string;
}

/** Standard errors of an effect that is told in words. */
const TOLD = 2;

/** The smallest of the chances of three tests, for looking at three. */
export function rankProbability({ ks, biasProbability, widthProbability }: RankSummary): number {
  return Math.min(1, 3 * Math.min(ks.probability, biasProbability, widthProbability));
}

/** Judges ranks in words. `probability` is adjusted for the number of quantities. */
export function rankVerdict(summary: RankSummary, probability: number, rules: VerdictRules): RankVerdict {
  const size = effectSize(summary);
  if (probability < rules.significance && size > rules.tolerance)
    return { status: 'bad', badness: size, text: inWords(summary, rules) };
  const uncertainty = 2 * Math.max(summary.bias.error, summary.width.error / summary.width.value);
  if (uncertainty > rules.resolved) {
    const known = `its width is known to ${percent(summary.width.error / summary.width.value)}`;
    return { status: 'undecided', badness: size, text: `not enough events to tell: ${known}` };
  }
  if (size > rules.resolved) {
    const perhaps = `perhaps ${inWords(summary, rules)}`;
    return { status: 'undecided', badness: size, text: `not enough events to tell: ${perhaps}` };
  }
  return { status: 'good', badness: size, text: 'calibrated' };
}

/** The larger of bias and relative error of the width; of a wrong shape, the shift that is as far off. */
function effectSize({ bias, width, ks }: RankSummary): number {
  const moments = Math.max(Math.abs(bias.value), Math.abs(Math.log(width.value)));
  return Math.max(moments, ks.probability < 1e-3 ? SHIFT_OF_SHARE * ks.distance : 0);
}

function inWords({ bias, width, ks }: RankSummary, { tolerance }: VerdictRules): string {
  const ratio = width.value;
  const isOff = Math.abs(Math.log(ratio)) > Math.max(tolerance, (TOLD * width.error) / ratio);
  const isBiased = Math.abs(bias.value) > Math.max(tolerance, TOLD * bias.error);
  const words = [
    ...(isOff ? [`too ${ratio > 1 ? 'wide' : 'narrow'} by a factor of ${factor(ratio > 1 ? ratio : 1 / ratio)}`] : []),
    ...(isBiased ? [`biased by ${signed(bias.value)} sd`] : []),
  ];
  return words.length > 0 ? words.join(', ') : `of a wrong shape (K-S ${ks.distance.toFixed(3)})`;
}

function factor(value: number): string {
  return value < 1.1 ? value.toFixed(3) : value.toPrecision(3);
}

function signed(value: number): string {
  return `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;
}
