import { defineRole } from '../../plugin/token.js';
import type { GenerativeModel } from './generative-model.js';

/** How a trained diffusion is taught to draw in the few steps that its sampler takes. */
export interface Distillation {
  /**
   * The same model with a stage of training after its own; it draws as the model does.
   * @throws UserError for a model without a diffusion, and one whose sampler cannot be taught.
   */
  distil(model: GenerativeModel): GenerativeModel;
}
export const Distillation = defineRole<Distillation>('distillation');
