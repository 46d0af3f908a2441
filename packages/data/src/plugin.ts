import { definePlugin } from '@unfold-zoo/core';
import { ttbarGenerator } from './generator/ttbar-generator.js';
import { pluginFacts } from './plugin-facts.js';
import { fileFormatSource } from './tables/file-format-source.js';
import { fileFormats } from './tables/formats/formats.js';
import { gaussianEm, linearGaussian, neutrino, truthLab, twoMoons } from './truth-lab/index.js';

/** The data sources of this package. */
export default definePlugin(pluginFacts, [
  ...fileFormats.map(fileFormatSource),
  ttbarGenerator,
  linearGaussian,
  gaussianEm,
  twoMoons,
  neutrino,
  truthLab,
]);
