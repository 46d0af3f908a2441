import { probabilities, type Response, simulatedDetector, simulatedTruth } from '../response/response.js';

/** A spectrum that differs from the simulated one, and what is measured of it on average. */
export interface StressedTruth {
  /** [truth] */
  readonly truth: readonly number[];
  /** [detector] fakes with it. */
  readonly expected: readonly number[];
}

/**
 * The simulated spectrum times 1 + slope u, where u goes from -1 to 1 along each chain of neighbouring bins and is 0
 * elsewhere; scaled so that, without a slope, as many events are measured as `events`.
 */
export function stressedTruth(
  response: Response,
  chains: readonly (readonly number[])[],
  { slope, events }: { readonly slope: number; readonly events: number },
): StressedTruth {
  const scale = events / simulatedDetector(response).reduce((sum, each) => sum + each, 0);
  const positions = positionsOf(response.missed.length, chains);
  const truth = simulatedTruth(response).map((count, i) => scale * count * (1 + slope * positions[i]!));
  const expected = probabilities(response).map((row, d) =>
    row.reduce((sum, chance, i) => sum + chance * truth[i]!, scale * response.fakes[d]!),
  );
  return { truth, expected };
}

/** [truth] where bins are along the first chain that holds them, from -1 to 1. */
export function positionsOf(bins: number, chains: readonly (readonly number[])[]): number[] {
  return Array.from({ length: bins }, (_, bin) => {
    const chain = chains.find((each) => each.includes(bin));
    return chain && chain.length > 1 ? (2 * chain.indexOf(bin)) / (chain.length - 1) - 1 : 0;
  });
}
