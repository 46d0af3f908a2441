import { z } from 'zod';

/** A learning rate in a config. */
export function rateOption(): z.ZodNumber {
  return z.number().gt(0).max(1);
}
