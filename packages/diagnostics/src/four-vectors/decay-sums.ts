import type { EventSpec } from '@unfold-zoo/core';
import { partonWidth, QUANTITIES } from '@unfold-zoo/core/events';
import { type DecaySum, momentumOff } from './relations.js';

/** A decay has as many daughters as this, or fewer. */
const MOST_DAUGHTERS = 4;
/** A sum must hold in this share of the events. */
const HOLDS_IN = 0.95;
const FIRST_MOMENTUM = QUANTITIES.indexOf('px');

/**
 * Which particles decay to which others: for each particle the smallest set of others whose momenta add up to its own.
 * Event descriptions do not say so, but the truth does.
 * @param truth row-major [n, P] true partons; some hundred events are enough.
 * @param tolerance how far off a sum may be, as a share of the daughters' summed sizes of momenta.
 */
export function decaySums(spec: EventSpec, truth: Float32Array, tolerance: number): DecaySum[] {
  const events = Math.floor(truth.length / partonWidth(spec));
  if (events === 0) return [];
  const moving = [...spec.particles.keys()].filter((particle) => moves(spec, truth, particle));
  return moving.flatMap((parent) => {
    const others = moving.filter((particle) => particle !== parent);
    for (let size = 2; size <= MOST_DAUGHTERS; size++)
      for (const daughters of subsets(others, size))
        if (holds(spec, truth, { parent, daughters }, tolerance)) return [{ parent, daughters }];
    return [];
  });
}

function moves(spec: EventSpec, truth: Float32Array, particle: number): boolean {
  const width = partonWidth(spec);
  const first = particle * QUANTITIES.length + FIRST_MOMENTUM;
  for (let row = 0; row < truth.length; row += width)
    if (truth[row + first] !== 0 || truth[row + first + 1] !== 0 || truth[row + first + 2] !== 0) return true;
  return false;
}

function* subsets(of: readonly number[], size: number, from = 0): Generator<readonly number[]> {
  if (size === 0) yield [];
  else
    for (let i = from; i <= of.length - size; i++)
      for (const rest of subsets(of, size - 1, i + 1)) yield [of[i]!, ...rest];
}

function holds(spec: EventSpec, truth: Float32Array, sum: DecaySum, tolerance: number): boolean {
  const width = partonWidth(spec);
  let failures = (1 - HOLDS_IN) * (truth.length / width);
  for (let row = 0; row < truth.length; row += width)
    if (momentumOff(truth, row, sum) > tolerance && --failures < 0) return false;
  return true;
}
