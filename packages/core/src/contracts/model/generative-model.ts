import type { Module } from '../../module.js';
import { defineRole } from '../../plugin/token.js';
import type { Rng } from '../../rng.js';
import type { Diagnostic } from './diagnostics.js';
import type { ModelDiffusion } from './model-diffusion.js';
import type { EventBatch, Observation } from './observation.js';
import type { Posterior } from './posterior.js';
import type { Reconstruction } from './reconstruction.js';
import type { TrainingStage } from './training-stage.js';

/** p(x | y): trains in stages, then draws parton configurations. */
export interface GenerativeModel extends Module {
  readonly stages: readonly TrainingStage[];
  /**
   * The posterior of events. The detector is encoded here, once, however many draws are made. `observed` stays the
   * caller's, and may be freed when this returns. The posterior is of the weights as they are: it does not outlive a
   * training step.
   */
  posterior(observed: Observation): Posterior;
  /** What there is to see in the model beside its draws, e.g. a learned noise schedule, for reports. */
  diagnostics?(): readonly Diagnostic[];
  /**
   * The true partons of a batch after each part of the model that can be passed there and back, from what costs least
   * precision to what costs most; for models that have such parts. Whoever takes a reconstruction disposes of it.
   */
  reconstructions?(batch: EventBatch, rng: Rng): Iterable<Reconstruction>;
  /** What it draws latents with, of models that are diffusions. */
  readonly diffusion?: ModelDiffusion | undefined;
}
export const GenerativeModel = defineRole<GenerativeModel>('model');
