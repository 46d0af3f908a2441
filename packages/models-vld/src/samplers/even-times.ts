import { z } from 'zod';

/** Options of every sampler here. */
export const samplerOptions = {
  steps: z.int().min(1).default(50).describe('Steps from noise to data, evenly spaced in time'),
};

/** `steps + 1` evenly spaced times from 1 to 0. */
export function evenTimes(steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => (steps - i) / steps);
}
