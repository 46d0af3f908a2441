import type { VerdictStatus } from '@unfold-zoo/core/findings';
import { twoSidedChance } from '../statistics/normal.js';
import type { ProjectedDistance } from './event-distances.js';

/** When draws are called those of the exact posterior. */
export interface DistanceRules {
  /** Chance, over all projections together, that exact draws are called wrong. */
  readonly significance: number;
  /** A smaller distance is none, however significant: in standard deviations of the exact posterior. */
  readonly tolerance: number;
  /** Two standard errors, and the distance that is seen, must be below this for good. */
  readonly resolved: number;
}

/** A verdict on a distance, without whom it is about. */
export interface DistanceVerdict {
  readonly status: VerdictStatus;
  readonly badness: number;
  readonly text: string;
}

/** A posterior whose width is below this part of the truth's is that of a number that the detector tells. */
const KNOWN_BELOW = 1e-6;

/** Whether the exact posterior leaves no doubt about the number. */
export function isKnown({ exactDeviation, truthDeviation }: ProjectedDistance): boolean {
  return exactDeviation <= KNOWN_BELOW * truthDeviation;
}

/** In what distances are measured: the posterior's width; that of the truth where it has none; 1 GeV for a constant. */
export function scaleOf(found: ProjectedDistance): number {
  return (isKnown(found) ? found.truthDeviation : found.exactDeviation) || 1;
}

/**
 * What is left of a distance once that of exact draws to each other is taken out, sqrt(distance^2 - floor^2), as a part
 * of the scale: about the shift of a posterior that has the right shape.
 */
export function excess(found: ProjectedDistance, distance = found.distance): number {
  return Math.sqrt(Math.max(0, distance ** 2 - found.floor ** 2)) / scaleOf(found);
}

/** Chance that exact draws are so much farther from exact draws than others. */
export function distanceProbability({ distance, floor, error }: ProjectedDistance): number {
  if (distance <= floor) return 1;
  return error > 0 ? twoSidedChance((distance - floor) / error) / 2 : 0;
}

/** Judges a distance in words. `probability` is adjusted for the number of projections. */
export function distanceVerdict(found: ProjectedDistance, probability: number, rules: DistanceRules): DistanceVerdict {
  if (found.distance === 0) return { status: 'good', badness: 0, text: 'always the exact value' };
  const badness = excess(found);
  if (probability < rules.significance && badness > rules.tolerance)
    return { status: 'bad', badness, text: inWords(found, badness) };
  const uncertainty = excess(found, found.floor + 2 * found.error);
  if (Math.max(uncertainty, badness) > rules.resolved)
    return { status: 'undecided', badness, text: 'not enough events to tell' };
  return { status: 'good', badness, text: 'as near as exact draws' };
}

function inWords(found: ProjectedDistance, badness: number): string {
  if (isKnown(found)) {
    const part = found.truthDeviation > 0 ? `${badness.toPrecision(2)} of its spread over events` : '';
    const off = part || `${found.distance.toPrecision(2)} GeV`;
    return `${off} from the value that the detector tells`;
  }
  const ratio = found.modelDeviation / found.exactDeviation;
  return `${badness.toFixed(2)} sd from the exact posterior, ${ratio.toPrecision(3)} times as wide`;
}
