import type { EventSource, EventSpec, Split } from '@unfold-zoo/core';
import { partonWidth, QUANTITIES, sequentialBatches, truePartons } from '@unfold-zoo/core/events';

/** Row-major [n, P] true partons of the first of `count` events from `start` on, or of as many as there are. */
export async function truthSample(source: EventSource, split: Split, start: number, count: number) {
  const limit = Math.max(0, Math.min(count, source.count(split) - start));
  const width = partonWidth(source.spec);
  const partons = new Float32Array(limit * width);
  if (limit === 0 || !source.hasTruth(split)) return new Float32Array(0);
  let filled = 0;
  for await (const block of sequentialBatches(source, split, { batchSize: source.blockSize, start, limit })) {
    partons.set(truePartons(block), filled);
    filled += block.size * width;
  }
  return partons;
}

/** The momenta of all particles, standardised: the space in which events are near each other or far. */
export interface MomentumSpace {
  /** Numbers of an event: three for each particle. */
  readonly width: number;
  /** Row-major [n, P] -> [n, width]. */
  coordinates(partons: Float32Array): Float32Array;
}

const MOMENTA = ['px', 'py', 'pz'] as const;

/** The space in which each momentum of the given truth [n, P] has mean 0 and standard deviation 1. */
export function momentumSpace(spec: EventSpec, truth: Float32Array): MomentumSpace {
  const parton = partonWidth(spec);
  const columns = spec.particles.flatMap((_, particle) =>
    MOMENTA.map((name) => particle * QUANTITIES.length + QUANTITIES.indexOf(name)),
  );
  const scales = columns.map((column) => standardisation(truth, parton, column));
  const width = columns.length;
  return {
    width,
    coordinates: (partons) => {
      const rows = partons.length / parton;
      const found = new Float32Array(rows * width);
      for (let row = 0; row < rows; row++)
        for (let k = 0; k < width; k++)
          found[row * width + k] = (partons[row * parton + columns[k]!]! - scales[k]!.mean) / scales[k]!.deviation;
      return found;
    },
  };
}

function standardisation(truth: Float32Array, width: number, column: number): { mean: number; deviation: number } {
  const rows = truth.length / width;
  let [sum, squares] = [0, 0];
  for (let row = 0; row < rows; row++) sum += truth[row * width + column]!;
  const mean = rows > 0 ? sum / rows : 0;
  for (let row = 0; row < rows; row++) squares += (truth[row * width + column]! - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / rows) || 1 };
}
