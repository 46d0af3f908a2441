import type { EventSpec } from '@unfold-zoo/core';
import type { Verdict, VerdictStatus } from '@unfold-zoo/core/findings';
import { percentText } from '../drawing/number-text.js';
import type { QuantileSketch } from '../statistics/quantile-sketch.js';
import { DOUBTED, SHIFT_OF_SHARE, TOLD } from '../statistics/shares.js';
import type { ParticleFourVector, Residuals, SumOfDaughters } from './four-vector-statistics.js';

/** When energies, momenta and masses that do not fit each other are called wrong. */
export interface FourVectorRules {
  /** Share of draws with E < |p| beyond the truth's that is no matter. */
  readonly spacelike: number;
  /** How far off a relation may be, in widths of the posterior. */
  readonly tolerance: number;
  /** Relative differences below it are rounding. */
  readonly precision: number;
}

/** Share of a normal sample within one standard deviation. */
export const CORE_SHARE = 0.6827;
/** No relation is called farther off than this many widths: a posterior without width would make it infinite. */
const MOST_WIDTHS = 10;

/** Something found about a particle, without its name. */
export interface FourVectorVerdict {
  readonly status: VerdictStatus;
  readonly badness: number;
  readonly text: string;
}

/** How far 68 % of the draws are from a relation, beyond the truth itself and rounding, in widths of the posterior. */
export function offInWidths({ draws, truth }: Residuals, width: QuantileSketch, precision: number): number {
  const off = draws.quantile(CORE_SHARE) - Math.max(truth.quantile(CORE_SHARE), precision);
  return off > 0 ? Math.min(off / width.quantile(CORE_SHARE), MOST_WIDTHS) : 0;
}

/** Whether a particle's energy, momentum and mass fit each other. `events`: effective number of events. */
export function particleVerdict(each: ParticleFourVector, events: number, rules: FourVectorRules): FourVectorVerdict {
  const isOff = shellVerdict(each, rules);
  const isSpacelike = spacelikeVerdict(each, events, rules);
  const worst = (['bad', 'undecided', 'good'] as const).find((status) =>
    [isOff, isSpacelike].some((verdict) => verdict.status === status),
  )!;
  const told = [isSpacelike, isOff].filter(({ status }) => status === worst);
  return {
    status: worst,
    badness: Math.max(isOff.badness, isSpacelike.badness),
    text: worst === 'good' ? 'energy, momentum and mass fit' : told.map(({ text }) => text).join('; '),
  };
}

function shellVerdict({ energy, width }: ParticleFourVector, { tolerance, precision }: FourVectorRules) {
  const badness = offInWidths(energy, width, precision);
  const status: VerdictStatus = badness > tolerance ? 'bad' : 'good';
  const off = percentText(energy.draws.quantile(CORE_SHARE));
  return {
    status,
    badness,
    text: `energy is off √(m² + p²) by ${off}, ${badness.toFixed(2)} of its posterior's width`,
  };
}

function spacelikeVerdict({ spacelike }: ParticleFourVector, events: number, rules: FourVectorRules) {
  const excess = spacelike.draws - spacelike.truth;
  const error = Math.hypot(shareError(spacelike.draws, events), shareError(spacelike.truth, events));
  const shares = `E < |p| in ${percentText(spacelike.draws)} of the draws (truth: ${percentText(spacelike.truth)})`;
  const badness = SHIFT_OF_SHARE * Math.max(excess, 0);
  if (excess > Math.max(rules.spacelike, TOLD * error)) return { status: 'bad' as const, badness, text: shares };
  if (excess + DOUBTED * error <= rules.spacelike) return { status: 'good' as const, badness, text: shares };
  return { status: 'undecided' as const, badness, text: `not enough events to tell: ${shares}` };
}

/** Standard error of a share of that many events; of none or all of them that of one event. */
function shareError(share: number, events: number): number {
  return Math.sqrt(Math.max(share * (1 - share), 1 / events) / events);
}

/** Whether the daughters' momenta add up to the parent's. */
export function sumVerdict({ momentum, width }: SumOfDaughters, rules: FourVectorRules): FourVectorVerdict {
  const badness = offInWidths(momentum, width, rules.precision);
  if (badness <= rules.tolerance) return { status: 'good', badness, text: 'momenta add up' };
  const off = percentText(momentum.draws.quantile(CORE_SHARE));
  return {
    status: 'bad',
    badness,
    text: `momenta are off their sum by ${off}, ${badness.toFixed(2)} of the posterior's width`,
  };
}

/** What a sum is called, e.g. `Leptonic W = Lepton + Neutrino`. */
export function sumName({ particles }: EventSpec, { parent, daughters }: SumOfDaughters): string {
  return `${particles[parent]!.label} = ${daughters.map((daughter) => particles[daughter]!.label).join(' + ')}`;
}

/** A verdict on each particle and each sum. */
export function fourVectorVerdicts(
  spec: EventSpec,
  { particles, sums }: { particles: readonly ParticleFourVector[]; sums: readonly SumOfDaughters[] },
  events: number,
  rules: FourVectorRules,
): Verdict[] {
  const named = (quantity: string, verdict: FourVectorVerdict): Verdict => {
    return { quantity, diagnostic: 'four-vectors', ...verdict };
  };
  return [
    ...particles.map((each) => named(spec.particles[each.particle]!.label, particleVerdict(each, events, rules))),
    ...sums.map((each) => named(sumName(spec, each), sumVerdict(each, rules))),
  ];
}
