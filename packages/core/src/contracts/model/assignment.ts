import type { EventScaling } from '../../events/scaling.js';
import { defineRole } from '../../plugin/token.js';
import type { EventSpec } from '../events/event-spec.js';
import type { GenerativeModel } from './generative-model.js';

/**
 * Which detector object each of some particles is seen as: a hidden choice a between detector and truth, so that
 * p(x | y) = sum_a p(a | y) p(x | a, y). The choices are drawn first, from a network of the assignment's own; then any
 * model draws the particles given those objects. Of training events the choices are known: they follow from truth and
 * detector.
 */
export interface Assignment {
  /** The events as the model behind the choices sees them, with more inputs: the chosen objects, say. */
  readonly spec: EventSpec;
  /** Their scaling. */
  readonly scaling: EventScaling;
  /** A model of events of `spec` and `scaling`, behind the choices: a model of the events as they are. */
  assign(model: GenerativeModel): GenerativeModel;
}
export const Assignment = defineRole<Assignment>('assignment');
