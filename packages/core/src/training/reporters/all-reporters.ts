import type { Reporter } from '../../contracts/training/reporter.js';
import type { TrainingRun } from '../training-run.js';

/** The reporters of a run as one. They hear of worker 0 alone. */
export function allReporters({ communicator, reporters }: TrainingRun): Required<Reporter> {
  const listening = communicator.rank === 0 ? reporters : [];
  const tell = (what: (reporter: Reporter) => void): void => listening.forEach(what);
  return {
    onStart: (run) => tell((reporter) => reporter.onStart?.(run)),
    onStep: (record) => tell((reporter) => reporter.onStep?.(record)),
    onValidation: (record) => tell((reporter) => reporter.onValidation?.(record)),
    onCheckpoint: (step) => tell((reporter) => reporter.onCheckpoint?.(step)),
    onEnd: () => tell((reporter) => reporter.onEnd?.()),
  };
}
