import { z } from 'zod';

/** The option of a model's losses for sums or means over dimensions. */
export const reductionOption = z
  .enum(['mean', 'sum'])
  .default('mean')
  .describe('Over dimensions: the bound is a sum; means keep the widths of latent and partons from weighing the terms');

/** The option of a model for the physics consistency loss (paper, eq. 10). */
export const consistencyOptions = z
  .strictObject({
    weight: z.number().min(0).default(0.1).describe('lambda_C; 0 leaves the term out'),
    form: z
      .enum(['mae', 'mse'])
      .default('mae')
      .describe("Mean absolute error (eq. 10) or mean squared error (the authors' code)"),
  })
  .prefault({})
  .describe(
    'Physics consistency loss: M^2 against E^2 - |p|^2, in units of the standard deviation of E^2. Zero, and not ' +
      'computed, with representation decay-chain',
  );

/** Parsed `consistencyOptions`. */
export type ConsistencyOptions = z.output<typeof consistencyOptions>;
