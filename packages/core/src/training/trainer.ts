import type { Reporter } from '../contracts/training/reporter.js';
import { checkTruth } from '../events/true-partons.js';
import { Agreement } from './agreement/agreement.js';
import { commonWeights } from './agreement/common-weights.js';
import { RunCheckpoints } from './checkpoints/run-checkpoints.js';
import { type Ending, outcomeOf, ownEnding } from './ending.js';
import { remainingStages } from './remaining-stages.js';
import { allReporters } from './reporters/all-reporters.js';
import { runStart } from './run-start.js';
import { checkStageNames } from './stage-options.js';
import { StageTraining } from './stage-training.js';
import { Stopwatch } from './stopwatch.js';
import { Throughput } from './throughput.js';
import type { TrainingResult, TrainingRun } from './training-run.js';
import { turnOfEvents } from './turn-of-events.js';
import type { Weight } from './weights.js';

/**
 * Trains every stage of a model in turn. It never asks which model it has. A run that is killed and resumed ends with
 * the weights of one that never stopped.
 *
 * Workers share out each batch and the validation split, average losses and gradients, and do the same update. They
 * stop together, and worker 0 alone reports and writes checkpoints, after all have been found to have the same weights.
 * @throws TrainingDiverged or WorkersDrifted, on every worker; UserError for a training or validation split without
 * truth, stages that the model does not have, and a checkpoint that does not fit it.
 * @example
 * const { outcome, step } = await train({
 *   ...{ directory, model, source, scaling, options, rng, communicator, engine },
 *   reporters: [{ onStep: ({ step, loss }) => console.log(step, loss) }],
 * });
 */
export async function train(run: TrainingRun): Promise<TrainingResult> {
  checkStageNames(run.options, run.model.stages);
  checkTruth(run.source, 'train', 'training');
  if (run.source.count('validation') > 0) checkTruth(run.source, 'validation', 'validation');
  return new Trainer(run, await commonWeights(run)).train();
}

class Trainer {
  readonly #run: TrainingRun;
  readonly #weights: readonly Weight[];
  readonly #checkpoints: RunCheckpoints;
  readonly #reporter: Required<Reporter>;
  readonly #stopwatch: Stopwatch;
  readonly #throughput = new Throughput();
  #stepsDone: number;

  constructor(run: TrainingRun, weights: readonly Weight[]) {
    this.#run = run;
    this.#weights = weights;
    this.#checkpoints = new RunCheckpoints(run);
    this.#reporter = allReporters(run);
    this.#stopwatch = new Stopwatch(run.resume?.checkpoint.state.elapsedSeconds);
    this.#stepsDone = run.resume?.checkpoint.state.step ?? 0;
  }

  async train(): Promise<TrainingResult> {
    this.#reporter.onStart(runStart(this.#run, this.#stopwatch.seconds));
    let outcome: TrainingResult['outcome'] = 'finished';
    try {
      for (const { stage, start } of remainingStages(this.#run)) {
        outcome = await this.#trainStage(new StageTraining(this.#run, stage, this.#weights, start(this.#stepsDone)));
        if (outcome !== 'finished') break;
      }
    } finally {
      this.#reporter.onEnd();
      this.#stopwatch[Symbol.dispose]();
    }
    const { seconds: elapsedSeconds } = this.#stopwatch;
    return { outcome, step: this.#stepsDone, checkpoint: this.#checkpoints.path, elapsedSeconds };
  }

  async #trainStage(training: StageTraining): Promise<TrainingResult['outcome']> {
    const { stage } = training;
    const { communicator, model } = this.#run;
    // A model makes its stages anew whenever it is asked, all its parameters with them: once, not at every step.
    const { stages } = model;
    const own = (): Ending => ownEnding(this.#run, stages, stage, this.#stopwatch.seconds / 60);
    let ending = await new Agreement(communicator).sum(own(), `the start of stage "${stage.name}"`);
    try {
      while (!training.isDone && !ending.isStageOver) {
        const stopped = outcomeOf(ending);
        if (stopped) {
          await this.#save(training);
          return stopped;
        }
        await turnOfEvents();
        const agreed = await this.#step(training, own);
        await this.#validateAndSave(training);
        if (training.hasStalled) break;
        // Alone there is nobody to agree with: what has come up since the step counts too.
        ending = communicator.world === 1 ? own() : agreed;
      }
    } finally {
      await training.close();
    }
    training.adoptAverage();
    await this.#save(training, { finished: true });
    return 'finished';
  }

  async #step(training: StageTraining, own: () => Ending): Promise<Ending> {
    const { record, events, ending } = await training.step({ ending: own, lastCheckpoint: this.#checkpoints.path });
    this.#stepsDone = training.stepsDone;
    this.#reporter.onStep({ ...record, eventsPerSecond: this.#throughput.tick(events) });
    return ending;
  }

  async #validateAndSave(training: StageTraining): Promise<void> {
    const { options, source } = this.#run;
    const isDue = training.isDue(options.validateEvery) && source.count('validation') > 0;
    const best = isDue && (await this.#validate(training));
    if (best || training.isDue(options.checkpointEvery)) await this.#save(training, { best });
  }

  // Returns true for the lowest validation loss so far.
  async #validate(training: StageTraining): Promise<boolean> {
    const { record, isBest } = await training.validate();
    this.#throughput.pause();
    this.#reporter.onValidation(record);
    return isBest;
  }

  async #save(training: StageTraining, { best = false, finished = false } = {}): Promise<void> {
    const step = training.stepsDone;
    if (this.#checkpoints.isOf(step) && !best && !finished) return;
    const checkpoint = training.checkpoint({ finished, elapsedSeconds: this.#stopwatch.seconds });
    const before = (): void => this.#reporter.onCheckpoint(step);
    await this.#checkpoints.save(checkpoint, { best, before });
    this.#throughput.pause();
  }
}
