import * as tf from '@tensorflow/tfjs-core';
import type { Communicator } from '../contracts/communicator.js';
import type { EventSource } from '../contracts/event-source.js';
import type { HostEvents } from '../contracts/event-spec.js';
import type { GenerativeModel } from '../contracts/generative-model.js';
import type { EventBatch } from '../contracts/observation.js';
import type { Reporter, RunStart } from '../contracts/reporter.js';
import type { TrainingStage } from '../contracts/training-stage.js';
import { UserError } from '../errors.js';
import { toBatch, trainingBatches } from '../events/batches.js';
import type { EventScaling } from '../events/scaling.js';
import type { Rng } from '../rng.js';
import { CommonFailure } from '../workers/common-failure.js';
import type { Checkpoint } from './checkpoint.js';
import { CheckpointStore } from './checkpoint-store.js';
import { type Losses, type LossGradients, lossAndGradients } from './gradients.js';
import { learningRate, stageSteps } from './learning-rate.js';
import { Lookahead } from './lookahead.js';
import { checkUndrifted, shareWeights } from './shared-state.js';
import { StageOptimiser } from './stage-optimiser.js';
import { checkStageNames, stageDeadline, stageOptions } from './stage-options.js';
import { valuesOf, withValues } from './sum-losses.js';
import type { TrainingOptions } from './training-options.js';
import { turnOfEvents } from './turn-of-events.js';
import { validate } from './validation.js';
import { loadWeights, pushWeights, readWeights, type Weight } from './weights.js';

/** Everything a training needs; assembled from a config by the command line. */
export interface TrainingRun {
  readonly directory: string;
  readonly model: GenerativeModel;
  readonly source: EventSource;
  readonly scaling: EventScaling;
  readonly options: TrainingOptions;
  readonly rng: Rng;
  readonly reporters: readonly Reporter[];
  readonly communicator: Communicator;
  /** For the reporters, e.g. `wasm (SIMD)`. */
  readonly engine: string;
  /** Where to go on from, the same on every worker: see `shareCheckpoint`. */
  readonly resume?: Resume;
  /** Aborted to stop after the step in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
}

interface Resume {
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

/** How a training ended. */
export interface TrainingResult {
  readonly outcome: 'finished' | 'interrupted' | 'out of time';
  readonly step: number;
  /** Path of the last checkpoint. */
  readonly checkpoint: string;
  readonly elapsedSeconds: number;
}

/** A loss or gradient that is not a finite number. */
export class TrainingDiverged extends CommonFailure {
  override readonly name = 'TrainingDiverged';
}

/**
 * Trains every stage of a model in turn. It never asks which model it has.
 *
 * Every random number of a step comes from a stream named after the step, and the order of the data from the number
 * of the batch. A run that is killed and resumed therefore ends with the weights of one that never stopped.
 *
 * Workers share out each batch and the validation split, average losses and gradients, and do the same update. They stop
 * together, and worker 0 alone reports and writes checkpoints, after all have been found to have the same weights.
 * @throws TrainingDiverged or WorkersDrifted, on every worker.
 */
export async function train(run: TrainingRun): Promise<TrainingResult> {
  checkStageNames(run.options, run.model.stages);
  if (run.resume) loadWeights(run.model, run.resume.checkpoint.weights, run.resume.path);
  return new Trainer(run, await commonWeights(run)).train();
}

/** Every worker's weights, made those of worker 0. */
async function commonWeights({ model, communicator }: TrainingRun): Promise<readonly Weight[]> {
  const weights = await readWeights(model);
  await shareWeights(communicator, weights);
  if (communicator.rank > 0)
    pushWeights(
      weights.map(({ parameter }) => parameter),
      weights.map(({ values }) => values),
    );
  return weights;
}

/** Reasons to end that one worker has and all then follow. */
interface Ending {
  readonly isInterrupted: boolean;
  readonly isOutOfTime: boolean;
  /** The stage has used up its part of the minutes, and others come after it. */
  readonly isStageOver: boolean;
}

class Trainer {
  readonly #run: TrainingRun;
  readonly #stages: readonly TrainingStage[];
  readonly #weights: readonly Weight[];
  readonly #store: CheckpointStore;
  readonly #startedAt = performance.now();
  readonly #elapsedBefore: number;
  #step: number;
  #stageStep: number;
  #bestLoss: number | null;
  #validationsSinceBest: number;
  #checkpointPath: string;
  #savedStep: number;
  #rate = new Rate();

  constructor(run: TrainingRun, weights: readonly Weight[]) {
    this.#run = run;
    this.#stages = run.model.stages;
    this.#weights = weights;
    this.#store = new CheckpointStore(run.directory);
    const state = run.resume?.checkpoint.state;
    this.#elapsedBefore = state?.elapsedSeconds ?? 0;
    this.#step = state?.step ?? 0;
    this.#stageStep = state?.stageStep ?? 0;
    this.#bestLoss = state?.bestLoss ?? null;
    this.#validationsSinceBest = state?.validationsSinceBest ?? 0;
    this.#checkpointPath = run.resume?.path ?? '';
    this.#savedStep = run.resume ? this.#step : -1;
  }

  async train(): Promise<TrainingResult> {
    this.#tell((reporter) => reporter.onStart?.(this.#start()));
    let outcome: TrainingResult['outcome'] = 'finished';
    try {
      for (const [stage, resume] of this.#stagesToDo()) {
        if (!resume) this.#beginStage();
        outcome = await this.#trainStage(stage, resume);
        if (outcome !== 'finished') break;
      }
    } finally {
      this.#tell((reporter) => reporter.onEnd?.());
    }
    return { outcome, step: this.#step, checkpoint: this.#checkpointPath, elapsedSeconds: this.#elapsed() };
  }

  #start(): RunStart {
    const { directory, model, options, engine } = this.#run;
    return {
      directory,
      step: this.#step,
      totalSteps: this.#stages.reduce((sum, stage) => sum + stageSteps(stageOptions(options, stage)), 0),
      parameters: model.parameters.reduce((sum, { size }) => sum + size, 0),
      engine,
    };
  }

  // The stage in progress goes on from the checkpoint; those after it start anew.
  #stagesToDo(): (readonly [TrainingStage, Resume | undefined])[] {
    const { resume } = this.#run;
    const stages = this.#stages;
    if (!resume) return stages.map((stage) => [stage, undefined]);
    const { state } = resume.checkpoint;
    const current = stages.findIndex(({ name }) => name === state.stage);
    if (current < 0) throw new UserError(`invalid checkpoint ${resume.path}: the model has no stage "${state.stage}"`);
    const rest = stages.slice(current).map((stage, i) => [stage, i === 0 ? resume : undefined] as const);
    return state.finished ? rest.slice(1) : rest;
  }

  #beginStage(): void {
    this.#stageStep = 0;
    this.#bestLoss = null;
    this.#validationsSinceBest = 0;
  }

  async #trainStage(stage: TrainingStage, resume: Resume | undefined): Promise<TrainingResult['outcome']> {
    const optimiser = new StageOptimiser(stage, this.#weights, this.#run.options);
    if (resume) optimiser.restore(resume.path, resume.checkpoint);
    const batches = this.#batches(stage);
    const total = stageSteps(stageOptions(this.#run.options, stage));
    let ending = await this.#agreeOnEnding(stage);
    try {
      while (this.#stageStep < total && !ending.isStageOver) {
        const stopped = outcomeOf(ending);
        if (stopped) {
          await this.#save(stage, optimiser);
          return stopped;
        }
        await turnOfEvents();
        const isLast = this.#stageStep + 1 >= total;
        const agreed = await this.#trainStep(stage, optimiser, await batches.next(), async () => {
          if (!isLast) await batches.fetchAhead();
        });
        if (await this.#validateAndSave(stage, optimiser)) break;
        // Alone there is nobody to agree with: what has come up since the step counts too.
        ending = this.#run.communicator.world === 1 ? this.#ownEnding(stage) : agreed;
      }
    } finally {
      await batches.return();
    }
    optimiser.adoptAverage();
    await this.#save(stage, optimiser, { finished: true });
    return 'finished';
  }

  #batches(stage: TrainingStage): Lookahead<HostEvents> {
    const { source, options, rng, communicator } = this.#run;
    const batches = trainingBatches(source, {
      batchSize: options.batchSize,
      bufferBlocks: options.bufferBlocks,
      rng: rng.fork(`data of ${stage.name}`),
      start: this.#stageStep,
      rank: communicator.rank,
      world: communicator.world,
    });
    return new Lookahead(batches);
  }

  #ownEnding(stage: TrainingStage): Ending {
    const { signal, options } = this.#run;
    const stages = this.#stages;
    const index = stages.findIndex(({ name }) => name === stage.name);
    const minutes = this.#elapsed() / 60;
    return {
      isInterrupted: signal?.aborted === true,
      isOutOfTime: options.maxMinutes !== undefined && minutes > options.maxMinutes,
      isStageOver: index < stages.length - 1 && minutes > stageDeadline(options, stages, index),
    };
  }

  async #agreeOnEnding(stage: TrainingStage): Promise<Ending> {
    const flags = Float64Array.from(flagsOf(this.#ownEnding(stage)));
    await this.#run.communicator.allReduceSum(flags, `the start of stage "${stage.name}"`);
    return endingOf(flags);
  }

  /** The means over workers of their losses and of what gradients depend on, and the reasons to end that any has. */
  async #agree(
    stage: TrainingStage,
    { losses, ownMean = 0 }: Pick<LossGradients, 'losses' | 'ownMean'>,
    during: string,
  ): Promise<{ losses: Losses; mean: number; ending: Ending }> {
    const { communicator } = this.#run;
    const means = [ownMean, ...valuesOf(losses)].map((value) => value / communicator.world);
    const values = Float64Array.from([...means, ...flagsOf(this.#ownEnding(stage))]);
    await communicator.allReduceSum(values, during);
    return {
      losses: withValues(losses, values.subarray(1)),
      mean: values[0]!,
      ending: endingOf(values.subarray(means.length)),
    };
  }

  /** One update. `meanwhile` is done while the engine computes. */
  async #trainStep(
    stage: TrainingStage,
    optimiser: StageOptimiser,
    host: HostEvents,
    meanwhile: () => Promise<void>,
  ): Promise<Ending> {
    const { source, scaling, options, rng, communicator } = this.#run;
    const { rank, world } = communicator;
    const batch = toBatch(host, source.spec, scaling, options.padding);
    const stream = rng.forShare({ rank, world }).fork(`step of ${stage.name}`).fork(`${this.#stageStep}`);
    const { gradients, release, ...own } = await this.#gradients(stage, optimiser, { batch, rng: stream, meanwhile });
    disposeBatch(batch);
    const during = `step ${this.#step + 1}`;
    const { losses, mean, ending } = await this.#agree(stage, own, during);
    own.complete(mean);
    const summed = await optimiser.sum(gradients, communicator, during);
    const norms = optimiser.norms(summed, world);
    this.#checkFinite(stage, losses, norms);
    const rate = learningRate(stageOptions(options, stage), this.#stageStep);
    this.#stageStep++;
    this.#step++;
    optimiser.apply(summed, norms, { learningRate: rate, step: this.#stageStep, divisor: world });
    release();
    const record = {
      stage: stage.name,
      step: this.#step,
      ...losses,
      learningRate: rate,
      gradientNorms: norms,
      eventsPerSecond: this.#rate.tick(host.size * world),
    };
    this.#tell((reporter) => reporter.onStep?.(record));
    return ending;
  }

  async #gradients(
    stage: TrainingStage,
    { parameters, weights }: StageOptimiser,
    { batch, rng, meanwhile }: { batch: EventBatch; rng: Rng; meanwhile: () => Promise<void> },
  ) {
    const { gradients, ...rest } = await lossAndGradients(stage, parameters, batch, rng, meanwhile);
    const idle = weights.filter((_, i) => gradients[i] === undefined).map(({ name }) => name);
    if (idle.length > 0) {
      throw new Error(`missing gradient: stage "${stage.name}" trains ${idle.join(', ')}, which its loss does not use`);
    }
    return { ...rest, gradients: gradients as readonly Float32Array[] };
  }

  #checkFinite(stage: TrainingStage, { loss, terms }: Losses, norms: Readonly<Record<string, number>>): void {
    if (Number.isFinite(loss) && Object.values(norms).every(Number.isFinite)) return;
    const listed = Object.entries({ ...terms, ...norms }).map(([name, value]) => `${name} ${value}`);
    const good = this.#checkpointPath
      ? `the last good checkpoint is ${this.#checkpointPath}`
      : 'no checkpoint was saved before';
    throw new TrainingDiverged(
      `diverged: step ${this.#step + 1} of stage "${stage.name}" has loss ${loss} (${listed.join(', ')}); ${good}; ` +
        'try a lower training.learningRate or training.clipNorm',
    );
  }

  // Returns true when the stage has stopped getting better.
  async #validateAndSave(stage: TrainingStage, optimiser: StageOptimiser): Promise<boolean> {
    const { options, source } = this.#run;
    const due = this.#stageStep % options.validateEvery === 0 && source.count('validation') > 0;
    const best = due && (await this.#validate(stage, optimiser));
    if (best || this.#stageStep % options.checkpointEvery === 0) await this.#save(stage, optimiser, { best });
    return options.earlyStop !== null && this.#validationsSinceBest >= options.earlyStop.patience;
  }

  // Returns true for the lowest validation loss so far.
  async #validate(stage: TrainingStage, optimiser: StageOptimiser): Promise<boolean> {
    const { source, scaling, options, rng, communicator } = this.#run;
    const losses = await optimiser.withAverage(() =>
      validate(stage, source, scaling, {
        batchSize: options.batchSize,
        limit: options.validationEvents,
        rng: rng.fork(`validation of ${stage.name}`),
        communicator,
      }),
    );
    this.#rate.pause();
    this.#tell((reporter) => reporter.onValidation?.({ stage: stage.name, step: this.#step, ...losses }));
    const best = this.#bestLoss === null || losses.loss < this.#bestLoss;
    if (best) this.#bestLoss = losses.loss;
    this.#validationsSinceBest = best ? 0 : this.#validationsSinceBest + 1;
    return best;
  }

  async #save(stage: TrainingStage, optimiser: StageOptimiser, { best = false, finished = false } = {}): Promise<void> {
    if (this.#savedStep === this.#step && !best && !finished) return;
    const { communicator, options } = this.#run;
    const checkpoint = this.#checkpoint(stage, optimiser, finished);
    await checkUndrifted(communicator, this.#step, checkpoint);
    if (communicator.rank === 0) {
      this.#tell((reporter) => reporter.onCheckpoint?.(this.#step));
      this.#store.save(checkpoint, { best, keep: options.keepCheckpoints });
    }
    // Nobody goes on before it is on the disk.
    await communicator.allReduceSum(new Float64Array(1), `the checkpoint of step ${this.#step}`);
    this.#checkpointPath = this.#store.pathOf(this.#step);
    this.#savedStep = this.#step;
    this.#rate.pause();
  }

  #checkpoint(stage: TrainingStage, optimiser: StageOptimiser, finished: boolean): Checkpoint {
    const average = optimiser.averages(this.#weights);
    return {
      state: {
        step: this.#step,
        stage: stage.name,
        stageStep: this.#stageStep,
        finished,
        bestLoss: this.#bestLoss,
        validationsSinceBest: this.#validationsSinceBest,
        elapsedSeconds: this.#elapsed(),
        optimiserSteps: optimiser.steps,
        world: this.#run.communicator.world,
      },
      weights: new Map(this.#weights.map(({ name, parameter, values }) => [name, { shape: parameter.shape, values }])),
      optimiser: optimiser.moments(),
      ...(average ? { average } : {}),
    };
  }

  #elapsed(): number {
    return this.#elapsedBefore + (performance.now() - this.#startedAt) / 1000;
  }

  #tell(what: (reporter: Reporter) => void): void {
    if (this.#run.communicator.rank > 0) return;
    for (const reporter of this.#run.reporters) what(reporter);
  }
}

function flagsOf({ isInterrupted, isOutOfTime, isStageOver }: Ending): number[] {
  return [isInterrupted, isOutOfTime, isStageOver].map(Number);
}

/** From how many workers have each flag. */
function endingOf(flags: Float64Array): Ending {
  return { isInterrupted: flags[0]! > 0, isOutOfTime: flags[1]! > 0, isStageOver: flags[2]! > 0 };
}

function outcomeOf({ isInterrupted, isOutOfTime }: Ending): 'interrupted' | 'out of time' | undefined {
  if (isInterrupted) return 'interrupted';
  return isOutOfTime ? 'out of time' : undefined;
}

/** Smoothed events per second. */
class Rate {
  #last = performance.now();
  #smoothed = Number.NaN;

  tick(events: number): number {
    const now = performance.now();
    const current = (1000 * events) / (now - this.#last);
    this.#last = now;
    this.#smoothed = Number.isNaN(this.#smoothed) ? current : 0.9 * this.#smoothed + 0.1 * current;
    return this.#smoothed;
  }

  /** Leaves the time since the last tick out of account. */
  pause(): void {
    this.#last = performance.now();
  }
}

function disposeBatch(batch: EventBatch): void {
  tf.dispose(batch as unknown as tf.TensorContainer);
}
