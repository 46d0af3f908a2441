import type { RunStart } from '../contracts/training/reporter.js';
import { remainingStages } from './remaining-stages.js';
import { stageOptions, stageSteps } from './stage-options.js';
import type { TrainingRun } from './training-run.js';

/** What reporters are told of a run that begins, or goes on after `elapsedSeconds`. */
export function runStart(run: TrainingRun, elapsedSeconds: number): RunStart {
  const { directory, model, options, engine } = run;
  const step = run.resume?.checkpoint.state.step ?? 0;
  const stages = remainingStages(run);
  const before = stages[0]?.start(step).stepsBefore ?? step;
  return {
    directory,
    step,
    totalSteps: stages.reduce((sum, { stage }) => sum + stageSteps(stageOptions(options, stage)), before),
    parameters: model.parameters.reduce((sum, { size }) => sum + size, 0),
    engine: engine.label,
    ...(options.maxMinutes !== undefined && { secondsLeft: 60 * options.maxMinutes - elapsedSeconds }),
  };
}
