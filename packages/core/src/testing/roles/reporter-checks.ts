import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter, RunStart, StepRecord, ValidationRecord } from '../../contracts/training/reporter.js';
import { type Check, check, claim } from '../check.js';

/** What a `Reporter` must do. */
export function reporterChecks(make: () => Reporter): Check[] {
  return [
    check('it follows a whole run', () => inFolder((directory) => follow(make(), { directory, step: 0 }, [1, 2, 3]))),
    check('it follows a run that goes on from a checkpoint', () =>
      inFolder((directory) => {
        follow(make(), { directory, step: 0 }, [1, 2, 3]);
        follow(make(), { directory, step: 2 }, [3, 4]);
      }),
    ),
    check('it follows a run that ends before its first step', () =>
      inFolder((directory) => follow(make(), { directory, step: 0 }, [])),
    ),
    check('records stay as they were', () =>
      inFolder((directory) => {
        const record = stepRecord(1);
        const before = JSON.stringify(record);
        const reporter = make();
        reporter.onStart?.(runStart({ directory, step: 0 }));
        reporter.onStep?.(record);
        reporter.onEnd?.();
        claim(JSON.stringify(record) === before, 'the reporter changed a record that others are told of too');
      }),
    ),
    check('what it reports of numbers that are not finite does not stop a run', () =>
      inFolder((directory) => {
        const reporter = make();
        reporter.onStart?.(runStart({ directory, step: 0 }));
        reporter.onStep?.({ ...stepRecord(1), loss: Number.NaN, gradientNorms: { network: Number.POSITIVE_INFINITY } });
        reporter.onEnd?.();
      }),
    ),
  ];
}

interface Place {
  readonly directory: string;
  readonly step: number;
}

function inFolder(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-conformance-'));
  try {
    use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function follow(reporter: Reporter, place: Place, steps: readonly number[]): void {
  reporter.onStart?.(runStart(place));
  for (const step of steps) {
    reporter.onStep?.(stepRecord(step));
    if (step % 2 > 0) continue;
    reporter.onValidation?.(validationRecord(step));
    reporter.onCheckpoint?.(step);
  }
  reporter.onEnd?.();
}

function runStart({ directory, step }: Place): RunStart {
  return { directory, step, totalSteps: 4, parameters: 10, engine: 'conformance' };
}

function validationRecord(step: number): ValidationRecord {
  return { stage: 'joint', step, loss: 1 / step, terms: { diffusion: 1 / step }, monitored: { gammaMin: -13 } };
}

function stepRecord(step: number): StepRecord {
  return { ...validationRecord(step), learningRate: 1e-3, gradientNorms: { network: 1 }, eventsPerSecond: 100 };
}
