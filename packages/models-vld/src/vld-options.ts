import { diffusionOptions, finalLatentOption } from '@unfold-zoo/core/diffusion';
import { consistencyOptions, reductionOption } from '@unfold-zoo/core/losses';
import { z } from 'zod';

/** The options of the model `vld`. */
export const vldOptions = z.object({
  reduction: reductionOption,
  prior: z
    .enum(['diffusion', 'standard-normal'])
    .default('diffusion')
    .describe('What q(z_x | x) is held against: p(z_x | z_0) of eq. 9, or N(0, 1) as in a plain VAE'),
  priorWeight: z.number().min(0).default(1).describe('Weight of that KL'),
  reconstructionWeight: z
    .number()
    .positive()
    .default(100)
    .describe(
      'Weight of the mean squared error: 1 / (2 s^2) for a Normal decoder of standard deviation s, in units of ' +
        'that of each column. The paper names no s. With the plain error, 1, the diffusion loss pays for a codec ' +
        'that blurs all it encodes to about s = 0.7',
    ),
  diffusion: diffusionOptions,
  finalLatent: finalLatentOption,
  consistency: consistencyOptions,
});

/** Parsed options of the model `vld`. */
export type VldOptions = z.output<typeof vldOptions>;
