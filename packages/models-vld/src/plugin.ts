import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { deepSets } from './deep-sets.js';
import { gatedMlp } from './gated-mlp.js';
import { gatedTransformer } from './gated-transformer.js';
import { gaussianCodec } from './gaussian-codec.js';
import { residualMlp } from './residual-mlp.js';
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
import { vldModel } from './vld.js';

/** The paper's model and its parts. */
export default definePlugin({ name: '@unfold-zoo/models-vld', version: packageVersion(import.meta.url) }, [
  vldModel,
  gatedTransformer,
  deepSets,
  gaussianCodec,
  gatedMlp,
  residualMlp,
  learnedSchedule,
  linearSchedule,
  cosineSchedule,
  pndmSampler,
  ddimSampler,
  eulerSampler,
  heunSampler,
  dpmSolver2MSampler,
  rungeKuttaSampler,
  ancestralSampler,
]);
