import {
  constantRate,
  cosineRate,
  oneCycleRate,
  phasesOf,
  type TrainingOptions,
  trainingOptions,
  warmUpRate,
} from '@unfold-zoo/core/training';
import test from 'ava';
import fc from 'fast-check';

/** The published formula of the `training` key, as commits before there were roles had it. */
function formula({ steps, warmupSteps, decay, fineTune, learningRate }: TrainingOptions, step: number): number {
  if (step >= steps) return fineTune.learningRate;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  if (decay === 'constant') return learningRate;
  const floor = fineTune.steps > 0 ? fineTune.learningRate : 0;
  const progress = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return floor + (learningRate - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

test('the keys of training give the rates of warm-up, decay and fine-tuning, bit by bit', (t) => {
  const rate = fc.double({ min: 1e-6, max: 1, noNaN: true });
  const options = fc.record({
    steps: fc.integer({ min: 1, max: 30 }),
    warmupSteps: fc.integer({ min: 0, max: 40 }),
    decay: fc.constantFrom('constant', 'cosine'),
    learningRate: rate,
    fineTune: fc.record({ steps: fc.integer({ min: 0, max: 5 }), learningRate: rate }),
  });
  fc.assert(
    fc.property(options, (given) => {
      const parsed = trainingOptions.parse(given);
      const steps = parsed.steps + parsed.fineTune.steps;
      const rates = phasesOf(parsed);
      for (let step = 0; step < steps; step++) t.is(rates.at(step, steps), formula(parsed, step));
    }),
  );
});

test('warm-up before a cosine is what the keys of training give without fine-tuning', (t) => {
  const keys = phasesOf(trainingOptions.parse({ steps: 40, warmupSteps: 10, decay: 'cosine', learningRate: 3e-3 }));
  const roles = warmUpRate({ steps: 10, next: cosineRate({ peak: 3e-3, final: 0 }) });
  for (let step = 0; step < 40; step++) t.is(roles.at(step, 40), keys.at(step, 40));
});

test('a cosine falls from its peak by halves: the middle has the mean of both ends', (t) => {
  const { at } = cosineRate({ peak: 0.1, final: 0.02 });
  t.is(at(0, 100), 0.1);
  t.true(Math.abs(at(50, 100) - 0.06) < 1e-15);
  t.true(at(99, 100) > 0.02 && at(99, 100) < 0.0201);
});

test('one cycle starts, peaks and ends where its options say', (t) => {
  const { at } = oneCycleRate({ peak: 0.5, rise: 0.3, startDivisor: 25, endDivisor: 1e4 });
  t.true(Math.abs(at(0, 100) - 0.02) < 1e-15);
  t.is(at(29, 100), 0.5);
  t.true(Math.abs(at(99, 100) - 2e-6) < 1e-15);
  const rates = Array.from({ length: 100 }, (_, step) => at(step, 100));
  t.true(rates.every((rate, step) => step === 0 || rate > rates[step - 1]! === step <= 29));
});

test('a warm-up composes: of a warm-up that follows one, the first rate is risen to', (t) => {
  const inner = warmUpRate({ steps: 2, next: constantRate({ rate: 0.8 }) });
  const outer = warmUpRate({ steps: 4, next: inner });
  const expected = [0.1, 0.2, 0.3, 0.4, 0.4, 0.8, 0.8];
  for (const [step, rate] of expected.entries()) t.true(Math.abs(outer.at(step, 7) - rate) < 1e-15);
});
