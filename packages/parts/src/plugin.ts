import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { autoregressiveAssignment } from './assignment/autoregressive.js';
import { gaussianCodec } from './codecs/gaussian-codec.js';
import { identityCodec } from './codecs/identity-codec.js';
import { gatedMlp } from './denoisers/gated-mlp.js';
import { residualMlp } from './denoisers/residual-mlp.js';
import { transformerDenoiser } from './denoisers/transformer.js';
import { segmentDistillation } from './distillation/segments.js';
import { deepSets } from './encoders/deep-sets.js';
import { gatedTransformer } from './encoders/gated-transformer.js';
import { ancestralSampler } from './samplers/ancestral.js';
import { ddimSampler } from './samplers/ddim.js';
import { dpmSolver2MSampler } from './samplers/dpm-solver-2m.js';
import { eulerSampler } from './samplers/euler.js';
import { heunSampler } from './samplers/heun.js';
import { pndmSampler } from './samplers/pndm.js';
import { rungeKuttaSampler } from './samplers/runge-kutta.js';
import { cosineSchedule } from './schedules/cosine.js';
import { learnedSchedule } from './schedules/learned.js';
import { linearSchedule } from './schedules/linear.js';

const facts = {
  name: '@unfold-zoo/parts',
  version: packageVersion(import.meta.url),
  url: import.meta.url,
  presets: new URL('../presets/', import.meta.url),
};

/** The parts that models are put together from. */
export default definePlugin(facts, [
  gatedTransformer,
  deepSets,
  gaussianCodec,
  gatedMlp,
  residualMlp,
  transformerDenoiser,
  identityCodec,
  learnedSchedule,
  linearSchedule,
  cosineSchedule,
  autoregressiveAssignment,
  segmentDistillation,
  pndmSampler,
  ddimSampler,
  eulerSampler,
  heunSampler,
  dpmSolver2MSampler,
  rungeKuttaSampler,
  ancestralSampler,
]);
