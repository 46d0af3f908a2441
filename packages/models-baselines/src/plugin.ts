import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { cinnModel } from './cinn.js';
import { cvaeModel } from './cvae.js';
import { ldmModel } from './ldm.js';

const facts = {
  name: '@unfold-zoo/models-baselines',
  version: packageVersion(import.meta.url),
  url: import.meta.url,
  presets: new URL('../presets/', import.meta.url),
};

/**
 * The models that the paper compares with, and their parts. A VDM is the model `vld` with the codec `identity` of
 * @unfold-zoo/parts.
 */
export default definePlugin(facts, [cvaeModel, cinnModel, ldmModel]);
