import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { cinnModel } from './cinn.js';
import { cvaeModel } from './cvae.js';
import { ldmModel } from './ldm.js';

/** The models that the paper compares with, and their parts. A VDM is the model `vld` with the codec `identity` of @unfold-zoo/parts. */
export default definePlugin({ name: '@unfold-zoo/models-baselines', version: packageVersion(import.meta.url) }, [
  cvaeModel,
  cinnModel,
  ldmModel,
]);
