import { component, EventSource } from '@unfold-zoo/core';
import { z } from 'zod';
import { eventOptions, makeSource } from './event-options.js';
import { GaussianEm, gaussianEmOptions } from './gaussian-em.js';
import { LinearGaussian, linearGaussianOptions } from './linear-gaussian.js';
import { Neutrino, neutrinoOptions } from './neutrino.js';
import { TwoMoons, twoMoonsOptions } from './two-moons.js';

/**
 * The data `truth-lab`: the four problems with their default options side by side, so that one training shows how a
 * model does in each. Test events of `gaussian-em` have the prior of its training events here: the posterior is then
 * right for them.
 */
export const truthLab = component(EventSource, 'truth-lab', {
  description: 'linear-gaussian, gaussian-em, two-moons and neutrino side by side, a particle each: exact posterior.',
  options: z.object(eventOptions),
  create: ({ options }) => {
    const em = gaussianEmOptions.parse({});
    return makeSource('truth-lab', options, [
      { problem: new LinearGaussian(linearGaussianOptions.parse({})), features: 4 },
      { problem: new GaussianEm({ ...em, truth: em.prior }), features: 3 },
      { problem: new TwoMoons(twoMoonsOptions.parse({})), features: 3 },
      { problem: new Neutrino(neutrinoOptions.parse({})), features: 6 },
    ]);
  },
});
