import {
  type Communicator,
  type GenerativeModel,
  type Reporter,
  type RunStart,
  type StepRecord,
  UserError,
} from '@unfold-zoo/core';
import { type Config, chosenTraining } from '@unfold-zoo/core/config';
import { checkBatchSize, type EventScaling, scalingFromJson, scalingToJson } from '@unfold-zoo/core/events';
import {
  checkEarlyStop,
  checkStageNames,
  checkValidationDraws,
  shareCheckpoint,
  shareJson,
  stageOptions,
  stageSteps,
  type TrainingOptions,
  type TrainingResult,
  type TrainingRun,
  type TrainingState,
  train,
  unlikeFirst,
} from '@unfold-zoo/core/training';
import { dataWarnings } from '@unfold-zoo/data';
import { adviseOnFailure } from '@unfold-zoo/distributed';
import { isSimulated } from '../benchmark/folder/shared-data.js';
import { duration } from '../progress/duration.js';
import type { OnProgress } from '../progress/progress.js';
import { TrainingProgress } from '../progress/training-progress.js';
import { startingScaling, takeStartingWeights } from '../weights/starting-weights.js';
import { allOrNone, onRankZero } from '../workers/workers.js';
import type { RunLog } from './log.js';
import { fixedSettings, isOverridden } from './resuming.js';
import type { RunDirectory } from './run-directory.js';
import type { Session } from './session.js';

/** What is told of a training, and how it is stopped. Of several workers rank 0 alone is told. */
export interface TrainOptions extends Reporter {
  /** Aborted to stop after the step in progress, with a checkpoint to go on from. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** What the config's reporter `progress` shows with, e.g. a bar on a terminal. */
  readonly display?: Reporter;
}

/** Everything that a training needs, found good before anything is written. */
export interface PreparedTraining {
  readonly session: Session;
  readonly scaling: EventScaling;
  readonly model: GenerativeModel;
  /** What is odd about the data but no mistake, found as the scaling was fitted; on rank 0 alone. */
  readonly warnings: readonly string[];
}

/** Does everything that a mistake in config or data can stop: collective. `open` opens the session of this worker. */
export async function prepareTraining(
  config: Config,
  communicator: Communicator,
  { open, scaling: known }: { open: () => Promise<Session>; scaling: () => EventScaling | undefined },
): Promise<PreparedTraining> {
  const unlike = await unlikeFirst(communicator, [fingerprint(config)]);
  const session = await allOrNone(communicator, async () => {
    checkSameConfig(unlike);
    const opened = await open();
    checkBatchSize(config.training.batchSize, opened.source.count('train'), communicator.world);
    checkEarlyStop(config.training, opened.source.count('validation'));
    return opened;
  });
  const { scaling, isNew } = await commonScaling(session, known);
  const warnings = isNew ? await warningsOf(session, scaling) : [];
  return allOrNone(communicator, () => {
    const model = session.model(scaling);
    checkStageNames(config.training, model.stages);
    checkValidationDraws(config.training, model.stages, session.source.count('validation'));
    return { session, scaling, model, warnings };
  });
}

/** Rank 0 looks at a sample of the data. A generator's events are all of one population. */
async function warningsOf({ source, communicator }: Session, scaling: EventScaling): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await onRankZero(communicator, async () => {
    if (!isSimulated(source)) found = await dataWarnings(source, scaling);
  });
  return found;
}

/** All that a training follows from, except for how its workers are joined. */
function fingerprint({
  choices: { parallel: _, ...choices },
  training,
  scaling,
  seed,
  ensemble,
  startFrom,
}: Config): string {
  return JSON.stringify({ choices, training, scaling, seed, ensemble, startFrom });
}

function checkSameConfig(unlike: readonly number[]): void {
  if (unlike.length === 0) return;
  throw new UserError(
    `different configs: worker ${unlike.join(', ')} has another than worker 0; give every worker the same file, the ` +
      'same changes of it and the same working directory',
  );
}

/** Rank 0 reads or fits it, and all the others are told. */
async function commonScaling(
  { communicator, ...session }: Session,
  known: () => EventScaling | undefined,
): Promise<{ scaling: EventScaling; isNew: boolean }> {
  let own: EventScaling | undefined;
  let isNew = false;
  await onRankZero(communicator, async () => {
    const fitted = known();
    isNew = fitted === undefined;
    own = await session.scaling(fitted ?? startingScaling(session.config, session.source.spec));
  });
  const shared = await shareJson(communicator, () => ({ isNew, scaling: scalingToJson(own!) }));
  const told = (): EventScaling => {
    const { source, representation } = session;
    return scalingFromJson(shared.scaling, 'the scaling of worker 0', source.spec, representation);
  };
  return { isNew: shared.isNew, scaling: own ?? told() };
}

/** Trains in the folder of a run, from its latest checkpoint if it has one, and disposes the model: collective. */
export async function trainPrepared(
  directory: RunDirectory,
  { session, scaling, model, warnings }: PreparedTraining,
  log: RunLog,
  options: TrainOptions,
): Promise<TrainingResult> {
  const { config, engine, communicator } = session;
  const isRankZero = communicator.rank === 0;
  try {
    await allOrNone(communicator, () => {
      log.writeTo(directory.path);
      if (isRankZero) directory.saveScaling(scaling);
    });
    const resume = await commonCheckpoint(directory, communicator, log);
    if (resume) checkStepsLeft(config.training, model, resume.checkpoint.state);
    else await onRankZero(communicator, () => takeStartingWeights(model, config, log));
    await onRankZero(communicator, () => keepSettings(directory, config));
    if (communicator.world > 1) log.info(`parallel: ${communicator.label}`);
    log.info(`engine: ${engine.label}`);
    noteRepresentation(scaling, log);
    if (resume) noteWorld(resume.checkpoint.state, communicator, log);
    if (resume) noteEndedStages(config.training, model, { state: resume.checkpoint.state, log });
    if (!resume) for (const warning of warnings) log.warn(warning);
    if (isRankZero) adviseOnFailure(howToGoOn(directory));
    const lastStep = new LastStep();
    const result = await train({
      directory: directory.path,
      model,
      source: session.source,
      scaling,
      options: config.training,
      ...chosenTraining(config, session.rng.fork('init')),
      rng: session.rng.fork('training'),
      reporters: isRankZero ? [...reportersOf(session, options), lastStep] : [],
      communicator,
      engine,
      ...(options.signal && { signal: options.signal }),
      ...(resume && { resume }),
    });
    logOutcome(result, { directory, options: config.training, lastStep, log });
    return result;
  } finally {
    model.dispose();
  }
}

const ABOUT = {
  exact: '; E^2 = M^2 + |p|^2 holds exactly, so that no consistency loss is needed',
  restored: '; draws are moved onto E^2 = M^2 + |p|^2',
  learned: '',
} as const;

/** Says what a model learns where that is not the parton vector itself. */
function noteRepresentation({ representation }: EventScaling, log: RunLog): void {
  if (!representation) return;
  log.info(`representation: ${representation.columns.length} numbers of an event${ABOUT[representation.massShell]}`);
}

/** Notes what the run is trained with; settings that were changed become those of its folder. */
function keepSettings(directory: RunDirectory, config: Config): void {
  directory.noteSettings(fixedSettings(config));
  if (isOverridden(config)) directory.rewriteConfig(config.resolvedYaml());
}

/** Refuses fewer steps than a stage has made. */
function checkStepsLeft(options: TrainingOptions, { stages }: GenerativeModel, state: TrainingState): void {
  const stage = stages.find(({ name }) => name === state.stage);
  const steps = stage && stageSteps(stageOptions(options, stage));
  if (steps === undefined || state.stageStep <= steps) return;
  throw new UserError(
    `invalid training.steps: with it stage "${state.stage}" has ${steps} steps, and the run has made ` +
      `${state.stageStep} of them; set as many or more, or train a new run`,
  );
}

/** Says so where the settings have more steps for stages that have ended: the stages after them build on these. */
function noteEndedStages(
  options: TrainingOptions,
  { stages }: GenerativeModel,
  { state, log }: { readonly state: TrainingState; readonly log: RunLog },
): void {
  const ended = stages.slice(
    0,
    stages.findIndex(({ name }) => name === state.stage),
  );
  const planned = ended.reduce((sum, stage) => sum + stageSteps(stageOptions(options, stage)), 0);
  const made = state.step - state.stageStep;
  if (made >= planned) return;
  const names = ended.map(({ name }) => `"${name}"`).join(', ');
  log.warn(
    `stage ${names} has ended after ${made} of the ${planned} steps that the settings have now, and stays as it is: ` +
      `stage "${state.stage}" builds on it; for more, train a new run`,
  );
}

function reportersOf(session: Session, options: TrainOptions): readonly Reporter[] {
  const { display, onProgress } = options;
  return [...session.reporters(display), ...(onProgress ? [new TrainingProgress(onProgress)] : []), options];
}

/** The checkpoint to go on from, as rank 0 reads it: the disks of other machines may lag behind. */
async function commonCheckpoint(
  directory: RunDirectory,
  communicator: Communicator,
  log: RunLog,
): Promise<TrainingRun['resume']> {
  let own: TrainingRun['resume'];
  await onRankZero(communicator, () => {
    own = resumeFrom(directory, log);
  });
  const path = await shareJson(communicator, () => own?.path ?? null);
  if (path === null) return undefined;
  return { path, checkpoint: await shareCheckpoint(communicator, () => own!.checkpoint) };
}

function resumeFrom(directory: RunDirectory, log: RunLog): TrainingRun['resume'] {
  const found = directory.latestCheckpoint(log);
  if (!found) return undefined;
  const { path, content: checkpoint, passedOver } = found;
  const { step } = checkpoint.state;
  if (passedOver.length > 0) log.warn(`going on from step ${step}; what was logged after it is dropped`);
  return { path, checkpoint };
}

function noteWorld({ world: before = 1 }: TrainingState, { world }: Communicator, log: RunLog): void {
  if (world === before) return;
  const workers = (count: number): string => (count === 1 ? '1 worker' : `${count} workers`);
  log.info(
    `resumed on ${workers(world)} a training on ${workers(before)}: the same batches and noise, with sums in another ` +
      'order',
  );
}

/** Remembers how a training began and what its last step was. */
class LastStep implements Reporter {
  totalSteps = 0;
  learningRate: number | undefined;

  onStart({ totalSteps }: RunStart): void {
    this.totalSteps = totalSteps;
  }

  onStep({ learningRate }: StepRecord): void {
    this.learningRate = learningRate;
  }
}

/** What is told of a training when it ends. */
interface EndedTraining {
  readonly directory: RunDirectory;
  readonly options: TrainingOptions;
  readonly lastStep: LastStep;
  readonly log: RunLog;
}

function logOutcome({ outcome, step, elapsedSeconds }: TrainingResult, ended: EndedTraining): void {
  const { directory, log } = ended;
  const took = `${step} ${step === 1 ? 'step' : 'steps'} in ${duration(elapsedSeconds)}`;
  if (outcome === 'interrupted') log.info(`stopped after ${took}; ${howToGoOn(directory)}`);
  else if (outcome === 'finished') log.info(`trained: ${took}`);
  else
    log.info(`out of time after ${took}: training.maxMinutes is ${ended.options.maxMinutes}${unfinished(step, ended)}`);
}

/** What a training that ran out of time has not done, and how to do it. */
function unfinished(step: number, { directory, options, lastStep }: EndedTraining): string {
  const { totalSteps, learningRate } = lastStep;
  if (step >= totalSteps) return '';
  const minutes = Number((2 * options.maxMinutes!).toPrecision(3));
  const rate =
    learningRate === undefined
      ? ''
      : `, and the learning rate was still ${Number(learningRate.toPrecision(3))} (it follows training.steps: ` +
        'fewer of them end within the time)';
  return (
    `; ${totalSteps - step} of ${totalSteps} steps were not made${rate}; ` +
    `${howToGoOn(directory)} --set training.maxMinutes=${minutes}`
  );
}

function howToGoOn({ path }: Pick<RunDirectory, 'path'>): string {
  return `go on with: unfold train --resume ${path}`;
}
