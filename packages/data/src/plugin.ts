import { definePlugin } from '@unfold-zoo/core';
import { hdf5 } from './files/hdf5-source.js';
import { ttbarGenerator } from './generator/ttbar-generator.js';
import { pluginFacts } from './plugin-facts.js';
import { gaussianEm, linearGaussian, neutrino, truthLab, twoMoons } from './truth-lab/index.js';

/** The data sources of this package. */
export default definePlugin(pluginFacts, [
  hdf5,
  ttbarGenerator,
  linearGaussian,
  gaussianEm,
  twoMoons,
  neutrino,
  truthLab,
]);
