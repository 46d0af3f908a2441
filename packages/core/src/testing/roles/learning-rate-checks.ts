import type { LearningRate } from '../../contracts/training/learning-rate.js';
import { type Check, check, claim } from '../check.js';

/** Lengths of stages that a rate is asked for, from the shortest there is. */
const LENGTHS = [1, 2, 7, 100, 1000] as const;

/** What a `LearningRate` must do. */
export function learningRateChecks(make: () => LearningRate): Check[] {
  return [
    check('every rate is a finite number that is not negative', () => {
      for (const steps of LENGTHS) {
        for (const [step, rate] of ratesOf(make(), steps).entries())
          claim(Number.isFinite(rate) && rate >= 0, `the rate of step ${step} of ${steps} is ${rate}`);
      }
    }),
    check('a stage of any length is trained: some rate is positive', () => {
      for (const steps of LENGTHS)
        claim(
          ratesOf(make(), steps).some((rate) => rate > 0),
          `all rates of ${steps} steps are 0`,
        );
    }),
    check('a rate depends on the step alone, not on what was asked before', () => {
      const rate = make();
      const inOrder = ratesOf(rate, 100);
      const backwards = ratesOf(rate, 100, (step) => 99 - step).reverse();
      const alone = make().at(40, 100);
      claim(String(inOrder) === String(backwards), 'rates change with the order in which they are asked for');
      claim(alone === inOrder[40], 'the rate of a step that a run goes on from is another');
    }),
  ];
}

function ratesOf(rate: LearningRate, steps: number, stepAt = (index: number): number => index): number[] {
  return Array.from({ length: steps }, (_, index) => rate.at(stepAt(index), steps));
}
