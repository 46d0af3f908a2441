import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { gatedMlp } from './gated-mlp.js';
import { gatedTransformer } from './gated-transformer.js';
import { gaussianCodec } from './gaussian-codec.js';
import { ancestralSampler } from './samplers/ancestral.js';
import { ddimSampler } from './samplers/ddim.js';
import { pndmSampler } from './samplers/pndm.js';
import { cosineSchedule } from './schedules/cosine.js';
import { learnedSchedule } from './schedules/learned.js';
import { linearSchedule } from './schedules/linear.js';
import { vldModel } from './vld.js';

/** The paper's model and its parts. */
export default definePlugin({ name: '@unfold-zoo/models-vld', version: packageVersion(import.meta.url) }, [
  vldModel,
  gatedTransformer,
  gaussianCodec,
  gatedMlp,
  learnedSchedule,
  linearSchedule,
  cosineSchedule,
  pndmSampler,
  ddimSampler,
  ancestralSampler,
]);
