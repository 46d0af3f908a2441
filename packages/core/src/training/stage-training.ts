import * as tf from '@tensorflow/tfjs-core';
import type { HostEvents } from '../contracts/events/event-spec.js';
import type { GenerativeModel } from '../contracts/model/generative-model.js';
import type { EventBatch } from '../contracts/model/observation.js';
import type { TrainingStage } from '../contracts/model/training-stage.js';
import type { LearningRate } from '../contracts/training/learning-rate.js';
import type { StepRecord, ValidationRecord } from '../contracts/training/reporter.js';
import { toBatch, trainingBatches } from '../events/batches.js';
import type { Rng } from '../rng.js';
import { CommonFailure } from '../workers/common-failure.js';
import { Agreement } from './agreement/agreement.js';
import type { Checkpoint, TrainingState } from './checkpoints/checkpoint.js';
import type { Ending } from './ending.js';
import { type Losses, lossAndGradients } from './gradients.js';
import { phasesOf } from './learning-rates/phases.js';
import { Lookahead } from './lookahead.js';
import { adam } from './optimisers/adam.js';
import { javaScriptArithmetic } from './optimisers/javascript-arithmetic.js';
import { StageOptimiser } from './optimisers/stage-optimiser.js';
import { stageOptions, stageSteps } from './stage-options.js';
import type { TrainingOptions } from './training-options.js';
import type { TrainingRun } from './training-run.js';
import type { DrawScores } from './validation/draw-scores.js';
import { scoreDraws } from './validation/validation-draws.js';
import { validate } from './validation/validation-losses.js';
import { copyWeights, type Weight } from './weights.js';

/** A loss or gradient that is not a finite number. */
export class TrainingDiverged extends CommonFailure {
  override readonly name = 'TrainingDiverged';
}

/** Where a stage begins or goes on. */
export interface StageStart {
  /** Steps of the run before this stage. */
  readonly stepsBefore: number;
  /** A checkpoint of this stage. */
  readonly resume?: TrainingRun['resume'];
}

/** How far a stage has come. */
type Progress = Pick<TrainingState, 'stageStep' | 'bestLoss' | 'validationsSinceBest'>;

/** What the trainer tells a stage at each of its steps. */
interface StepSetting {
  /** This worker's reasons to end. */
  readonly ending: () => Ending;
  /** Path of the last checkpoint, for messages; empty if there is none. */
  readonly lastCheckpoint: string;
}

/** One step as it is reported, but for the time it took, and the reasons to end that any worker has. */
interface StepDone {
  readonly record: Omit<StepRecord, 'eventsPerSecond'>;
  /** Events of the step over all workers. */
  readonly events: number;
  readonly ending: Ending;
}

/**
 * One stage of a run in training: its optimiser, its batches and how far it has come.
 *
 * Every random number of a step comes from a stream named after the step, and the order of the data from the number
 * of the batch, so that a stage that goes on from a checkpoint is one that never stopped.
 */
export class StageTraining {
  readonly stage: TrainingStage;
  /** Updates that the stage makes in all, unless something ends it early. */
  readonly totalSteps: number;
  readonly #run: TrainingRun;
  readonly #weights: readonly Weight[];
  readonly #agreement: Agreement;
  readonly #optimiser: StageOptimiser;
  readonly #learningRate: LearningRate;
  readonly #batches: Lookahead<HostEvents>;
  readonly #stepsBefore: number;
  #progress: Progress;

  /** `weights` are the whole model's. */
  constructor(run: TrainingRun, stage: TrainingStage, weights: readonly Weight[], { stepsBefore, resume }: StageStart) {
    const options = stageOptions(run.options, stage);
    this.stage = stage;
    this.totalSteps = stageSteps(options);
    this.#run = run;
    this.#weights = weights;
    this.#agreement = new Agreement(run.communicator);
    this.#optimiser = new StageOptimiser(stage, weights, {
      optimiser: run.optimiser ?? adam(options.adam),
      arithmetic: run.engine.hostArithmetic ?? javaScriptArithmetic,
      ...options,
    });
    this.#learningRate = run.learningRate ?? phasesOf(options);
    this.#stepsBefore = stepsBefore;
    this.#progress = this.#progressAt(resume);
    if (resume) this.#optimiser.restore(resume.path, resume.checkpoint);
    else copyWeights(stage.copies ?? [], weights, run.engine.hostArithmetic);
    this.#batches = batchesOf(run, stage, this.#progress.stageStep);
  }

  /** What was best by another number than it is now is no longer known. */
  #progressAt(resume: StageStart['resume']): Progress {
    const none = { bestLoss: null, validationsSinceBest: 0 };
    if (!resume) return { stageStep: 0, ...none };
    const { state } = resume.checkpoint;
    return (state.bestBy ?? 'loss') === this.#bestBy ? state : { stageStep: state.stageStep, ...none };
  }

  /** Steps of the run that are done, those of earlier stages too. */
  get stepsDone(): number {
    return this.#stepsBefore + this.#progress.stageStep;
  }

  /** Whether all steps of the stage are done. */
  get isDone(): boolean {
    return this.#progress.stageStep >= this.totalSteps;
  }

  /** Whether the validation loss has stopped falling. */
  get hasStalled(): boolean {
    const { earlyStop } = this.#run.options;
    return earlyStop !== null && this.#progress.validationsSinceBest >= earlyStop.patience;
  }

  /** Whether something that is done every so many steps is due. */
  isDue(every: number): boolean {
    return this.#progress.stageStep % every === 0;
  }

  /**
   * One update.
   * @throws TrainingDiverged, on every worker.
   */
  async step({ ending, lastCheckpoint }: StepSetting): Promise<StepDone> {
    const { communicator, rng } = this.#run;
    const { rank, world } = communicator;
    const { stageStep } = this.#progress;
    const { name } = this.stage;
    const host = await this.#batches.next();
    const stream = rng.forShare({ rank, world }).fork(`step of ${name}`).fork(`${stageStep}`);
    const { gradients, losses: own, ownMean = 0, complete, release } = await this.#gradients(host, stream);
    const during = `step ${this.stepsDone + 1}`;
    const agreed = await this.#agreement.mean({ losses: own, ownMean, ending: ending() }, during);
    complete(agreed.ownMean);
    const summed = await this.#optimiser.sum(gradients, communicator, during);
    const gradientNorms = this.#optimiser.norms(summed, world);
    this.#checkFinite(agreed.losses, gradientNorms, lastCheckpoint);
    const learningRate = this.#learningRate.at(stageStep, this.totalSteps);
    this.#progress = { ...this.#progress, stageStep: stageStep + 1 };
    this.#optimiser.apply(summed, gradientNorms, { learningRate, step: stageStep + 1, divisor: world });
    release();
    const record = { stage: name, step: this.stepsDone, ...agreed.losses, learningRate, gradientNorms };
    return { record, events: host.size * world, ending: agreed.ending };
  }

  /** The next batch is fetched while the engine computes, unless this is the last. */
  async #gradients(host: HostEvents, rng: Rng) {
    const { source, scaling, options, engine } = this.#run;
    const { parameters, weights } = this.#optimiser;
    const batch = toBatch(host, source.spec, scaling, options.padding);
    const isLast = this.#progress.stageStep + 1 >= this.totalSteps;
    const { gradients, ...rest } = await lossAndGradients(this.stage, parameters, batch, rng, {
      meanwhile: async () => {
        if (!isLast) await this.#batches.fetchAhead();
      },
      ...(engine.hostArithmetic && { arithmetic: engine.hostArithmetic }),
      ...(engine.stepRepeater && { repeater: engine.stepRepeater }),
    });
    disposeBatch(batch);
    const idle = weights.filter((_, i) => gradients[i] === undefined).map(({ name }) => name);
    if (idle.length > 0) {
      throw new Error(
        `missing gradient: stage "${this.stage.name}" trains ${idle.join(', ')}, which its loss does not use`,
      );
    }
    return { ...rest, gradients: gradients as readonly Float32Array[] };
  }

  #checkFinite({ loss, terms }: Losses, norms: Readonly<Record<string, number>>, lastCheckpoint: string): void {
    if (Number.isFinite(loss) && Object.values(norms).every(Number.isFinite)) return;
    const listed = Object.entries({ ...terms, ...norms }).map(([name, value]) => `${name} ${value}`);
    const good = lastCheckpoint ? `the last good checkpoint is ${lastCheckpoint}` : 'no checkpoint was saved before';
    const rate = this.#run.learningRate ? 'learningRate' : 'training.learningRate';
    throw new TrainingDiverged(
      `diverged: step ${this.stepsDone + 1} of stage "${this.stage.name}" has loss ${loss} (${listed.join(', ')}); ` +
        `${good}; try a lower ${rate} or training.clipNorm`,
    );
  }

  /**
   * Losses on the validation split, and scores of draws where they are due, of the moving average where there is one,
   * and whether nothing was better before.
   */
  async validate(): Promise<{ readonly record: ValidationRecord; readonly isBest: boolean }> {
    const losses = await this.#optimiser.withAverage(async () => {
      const own = await this.#validationLosses();
      return this.#drawsAreDue ? { ...own, monitored: { ...own.monitored, ...(await this.#drawScores()) } } : own;
    });
    const isBest = this.#compareWithBest(losses);
    return { record: { stage: this.stage.name, step: this.stepsDone, ...losses }, isBest };
  }

  #validationLosses(): Promise<Losses> {
    const { source, scaling, options, rng, communicator } = this.#run;
    return validate(this.stage, source, scaling, {
      batchSize: options.batchSize,
      limit: options.validationEvents,
      rng: rng.fork(`validation of ${this.stage.name}`),
      communicator,
    });
  }

  /** What draws, if this stage completes something that does. */
  get #drawing(): Pick<GenerativeModel, 'posterior'> | undefined {
    const { posterior, name } = this.stage;
    if (posterior) return { posterior };
    const { model } = this.#run;
    return model.stages.at(-1)!.name === name ? model : undefined;
  }

  get #scoring(): TrainingOptions['validationDraws'] {
    return this.#drawing ? this.#run.options.validationDraws : null;
  }

  /** The number that the checkpoint `best` has the lowest of. */
  get #bestBy(): string {
    return this.#scoring?.bestBy ?? 'loss';
  }

  get #drawsAreDue(): boolean {
    return this.#scoring !== null && this.isDue(this.#scoring.every);
  }

  #drawScores(): Promise<DrawScores> {
    const { source, scaling, options, rng, communicator } = this.#run;
    const { events, draws } = this.#scoring!;
    const common = { rowsAtOnce: options.batchSize, rng: rng.fork('validation draws'), communicator };
    return scoreDraws(this.#drawing!, source, scaling, { events, draws, ...common });
  }

  /** Remembers the losses if they are the best so far; those that hold no score of what is best change nothing. */
  #compareWithBest({ loss, monitored }: Losses): boolean {
    const bestBy = this.#bestBy;
    if (bestBy !== 'loss' && !this.#drawsAreDue) return false;
    const score = bestBy === 'loss' ? loss : monitored[bestBy]!;
    const { bestLoss, validationsSinceBest } = this.#progress;
    const isBest = Number.isFinite(score) && (bestLoss === null || score < bestLoss);
    this.#progress = {
      ...this.#progress,
      ...(isBest ? { bestLoss: score, validationsSinceBest: 0 } : { validationsSinceBest: validationsSinceBest + 1 }),
    };
    return isBest;
  }

  /** All that the stage, and the run with it, needs to go on from here. */
  checkpoint({ elapsedSeconds, finished }: Pick<TrainingState, 'elapsedSeconds' | 'finished'>): Checkpoint {
    const { stageStep, bestLoss, validationsSinceBest } = this.#progress;
    const average = this.#optimiser.averages(this.#weights);
    return {
      state: {
        step: this.stepsDone,
        stage: this.stage.name,
        stageStep,
        finished,
        bestLoss,
        ...(this.#bestBy !== 'loss' && { bestBy: this.#bestBy }),
        validationsSinceBest,
        elapsedSeconds,
        optimiserSteps: this.#optimiser.steps,
        world: this.#run.communicator.world,
      },
      weights: new Map(this.#weights.map(({ name, parameter, values }) => [name, { shape: parameter.shape, values }])),
      optimiser: this.#optimiser.moments(),
      ...(average ? { average } : {}),
    };
  }

  /** Makes the averaged weights the model's, for a later stage to build on. */
  adoptAverage(): void {
    this.#optimiser.adoptAverage();
  }

  /** Ends the reading of batches. */
  async close(): Promise<void> {
    await this.#batches.return();
  }
}

function batchesOf(
  { source, options, rng, communicator }: TrainingRun,
  { name }: TrainingStage,
  start: number,
): Lookahead<HostEvents> {
  const { rank, world } = communicator;
  const { batchSize, bufferBlocks } = options;
  const order = rng.fork(`data of ${name}`);
  return new Lookahead(trainingBatches(source, { batchSize, bufferBlocks, rng: order, start, rank, world }));
}

function disposeBatch(batch: EventBatch): void {
  tf.dispose(batch as unknown as tf.TensorContainer);
}
