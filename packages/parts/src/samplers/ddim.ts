import { component, Sampler } from '@unfold-zoo/core';
import { z } from 'zod';
import { eulerStep } from './euler.js';
import { type FixedStepState, fixedStepOptions, singleSteps } from './fixed-steps.js';
import type { StepSpacing } from './step-spacing.js';

/**
 * Deterministic, first order, one evaluation a step (Song et al. 2021, DDIM, eq. 12 with eta = 0). It is Euler's method
 * in sigma / alpha (their section 4.3), with steps that are even in time.
 */
export function ddim(steps: number, spacing: StepSpacing = 'time'): Sampler<FixedStepState> {
  return { ...singleSteps(steps, spacing, eulerStep), firstOrder: true };
}

/** The component `ddim` of the role `sampler`; see `ddim`. */
export const ddimSampler = component(Sampler, 'ddim', {
  description: "Deterministic, first order, one evaluation of the denoiser a step; Euler's steps, even in time",
  options: z.object(fixedStepOptions({ steps: 50, spacing: 'time' })),
  create: ({ options }) => ({ ...ddim(options.steps, options.spacing), temperature: options.temperature }),
});
