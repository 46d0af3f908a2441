import { wrapped } from '@unfold-zoo/metrics';
import type { Measured } from '../statistics/measured.js';

/** Sums over the draws that one member made for an event. */
interface MemberSums {
  count: number;
  sum: number;
  squares: number;
}

/**
 * How far the members of an ensemble disagree about a quantity, in standard deviations of the mixture's posterior:
 * the root of the mean over events of tau^2 / v, with v the variance of all draws of an event and tau^2 that of the
 * members' means, without what a finite number of draws adds to it (one-way analysis of variance with random effects
 * and unequal numbers, Searle et al. 1992, section 3.6). Holds sums alone, whatever the number of events.
 */
export class MemberSpread {
  #events = 0;
  #weight = 0;
  #squaredWeight = 0;
  #sum = 0;
  #squares = 0;

  /** Draws of one event, and which member made each. */
  add(draws: Float64Array, members: Uint8Array, weight = 1): void {
    const share = betweenMembers(draws, members);
    if (share === undefined) return;
    this.#events++;
    this.#weight += weight;
    this.#squaredWeight += weight * weight;
    this.#sum += weight * share;
    this.#squares += weight * share * share;
  }

  /** 0 where the draws of all events are equal, or too few to tell. */
  finish(): Measured {
    if (this.#events < 2) return { value: 0, error: 0 };
    const mean = this.#sum / this.#weight;
    const variance = Math.max(0, this.#squares / this.#weight - mean * mean);
    const error = Math.sqrt((variance * this.#squaredWeight) / this.#weight ** 2);
    const value = Math.sqrt(Math.max(0, mean));
    return { value, error: value > error ? error / (2 * value) : Math.sqrt(error) };
  }
}

/** tau^2 / v of one event; undefined where fewer than two members drew, or one draw each, or all draws are equal. */
function betweenMembers(draws: Float64Array, members: Uint8Array): number | undefined {
  const sums = new Map<number, MemberSums>();
  const centre = draws[0]!;
  let [total, squares] = [0, 0];
  for (const [i, draw] of draws.entries()) {
    const value = draw - centre;
    total += value;
    squares += value * value;
    const own = sums.get(members[i]!) ?? { count: 0, sum: 0, squares: 0 };
    sums.set(members[i]!, { count: own.count + 1, sum: own.sum + value, squares: own.squares + value * value });
  }
  const [count, groups] = [draws.length, [...sums.values()]];
  if (groups.length < 2 || count <= groups.length) return undefined;
  const variance = (squares - (total * total) / count) / (count - 1);
  if (!(variance > 0)) return undefined;
  const within = groups.reduce((sum, own) => sum + own.squares - own.sum ** 2 / own.count, 0);
  const between = groups.reduce((sum, own) => sum + own.sum ** 2 / own.count, 0) - total ** 2 / count;
  const typical = (count - groups.reduce((sum, own) => sum + own.count ** 2, 0) / count) / (groups.length - 1);
  const ofMeans = (between / (groups.length - 1) - within / (count - groups.length)) / typical;
  return ofMeans / variance;
}

/** Angles turned so that their mean direction is 0. */
export function aboutMean(angles: Float64Array): Float64Array {
  const [x, y] = [
    angles.reduce((sum, each) => sum + Math.cos(each), 0),
    angles.reduce((sum, each) => sum + Math.sin(each), 0),
  ];
  const centre = Math.atan2(y, x);
  return angles.map((each) => wrapped(each - centre));
}
