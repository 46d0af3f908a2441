import { defineRole } from '../../plugin/token.js';

/** The learning rate over the course of a training stage: a pure function, so that a resumed stage goes on with it. */
export interface LearningRate {
  /** The rate of the update number `step`, from 0, of `steps` in all: finite and not negative. */
  at(step: number, steps: number): number;
}
export const LearningRate = defineRole<LearningRate>('learningRate');
