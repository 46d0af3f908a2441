import type { KernelBackend } from '@tensorflow/tfjs-core';
import {
  type Communicator,
  type Engine,
  type EventSource,
  type EventSpec,
  type GenerativeModel,
  Rng,
  UserError,
} from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import type { EventScaling } from '@unfold-zoo/core/events';
import type { TrainingResult } from '@unfold-zoo/core/training';
import { onlyWorker } from '@unfold-zoo/core/workers';
import { encodeObservedEvents, type ObservedEvent, type Topology, topologyOf } from '@unfold-zoo/data';
import { type DiagnoseOptions, diagnoseRun, type PosteriorDiagnosis } from '../diagnosis/diagnose.js';
import { type DrawBlock, drawBlocks } from '../draws/draw.js';
import { drawMomenta, streamOfDraws } from '../draws/draw-momenta.js';
import { type DrawingModel, loadDrawingModel } from '../draws/drawing-model.js';
import { type Sampling, type SamplingResult, sampleToFile } from '../draws/sample.js';
import type { DrawOptions, SampleOptions } from '../draws/sample-options.js';
import { type EvaluateOptions, type Evaluation, evaluateRun } from '../evaluation/evaluate.js';
import { type DrawingGraph, drawingGraph } from '../export/drawing-graph.js';
import { type ExportedRun, type ExportResult, exportModel } from '../export/export-model.js';
import type { ExportOptions } from '../export/export-options.js';
import type { PackOptions } from '../packing/pack-options.js';
import { type PackResult, packRun } from '../packing/pack-run.js';
import { PosteriorDraws } from '../posterior/posterior-draws.js';
import { importWeights } from '../weights/import-weights.js';
import { joinWorkers, onRankZero } from '../workers/workers.js';
import { inputFiles } from '../writing/input-files.js';
import type { WriteLock } from '../writing/write-lock.js';
import { useEngine } from './engine.js';
import type { RunLog } from './log.js';
import { checkResumable } from './resuming.js';
import type { RunDirectory } from './run-directory.js';
import { assembleRepresentation, type Session, sessionOf } from './session.js';
import { type PreparedTraining, prepareTraining, type TrainOptions, trainPrepared } from './training.js';

/** How to draw for events in memory. */
export interface PosteriorOptions extends Pick<DrawOptions, 'checkpoint' | 'seed' | 'signal'> {
  /** Draws of each event. Default: 1000. */
  readonly draws?: number;
  /** Number of the first of them: 100 draws and then 900 from number 100 on are the same 1000. Default: 0. */
  readonly firstDraw?: number;
}

/** What a run is made of. */
export interface RunParts {
  readonly directory: RunDirectory;
  readonly config: Config;
  readonly log: RunLog;
  /** The data of the config, not open yet. */
  readonly source: EventSource;
  /** Of the folder that was just made, held for the training. */
  readonly lock?: WriteLock;
}

/** A training that is prepared, and where its tensors lie. */
type PreparedOn = PreparedTraining & { readonly backend: KernelBackend };

/**
 * A run: a model, its config and its data, in a folder. Whatever it needs is started, opened and read once, when it is
 * first needed. Made by `createRun` and `openRun`.
 *
 * tfjs has one current engine a process: of runs with different engines, only one may be at work at a time.
 * @example
 * await using run = await openRun('runs/my-run');
 * const { file } = await run.sample({ draws: 100 });
 */
export class Run implements AsyncDisposable {
  /** The checked config, every default filled in. */
  readonly config: Config;
  readonly #directory: RunDirectory;
  readonly #log: RunLog;
  /** Held from when the folder was made until the first training has ended. */
  #lock: WriteLock | undefined;
  readonly #assembled: EventSource;
  #opened: Promise<EventSource> | undefined;
  #prepared: PreparedOn | undefined;
  /** By the name of the checkpoint. */
  readonly #models = new Map<string, DrawingModel>();

  constructor({ directory, config, log, source, lock }: RunParts) {
    this.config = config;
    this.#directory = directory;
    this.#log = log;
    this.#lock = lock;
    this.#assembled = source;
  }

  /** Absolute path of the folder. */
  get folder(): string {
    return this.#directory.path;
  }

  /** Folder of what is made from it: its own, or for `pretrained:<name>` one of the working directory. */
  get outputs(): string {
    return this.#directory.outputs;
  }

  /** Where `sample` writes its draws. */
  get draws(): string {
    return this.#directory.draws;
  }

  /** Whether there is a checkpoint to draw with. */
  get isTrained(): boolean {
    return this.#directory.hasCheckpoint;
  }

  /** How the truth and the detector's features are scaled. @throws UserError for a run that was never trained. */
  get scaling(): EventScaling {
    const { spec } = this.#assembled;
    return this.#directory.scaling(spec, assembleRepresentation(this.config, spec));
  }

  /** The particles and inputs of its events; the data need not be there. */
  get spec(): EventSpec {
    return this.#assembled.spec;
  }

  /** How events of these data are laid out, in files and in memory; undefined for data that do not say. */
  get topology(): Topology | undefined {
    return topologyOf(this.#assembled);
  }

  /** The engine, started. @throws UserError if it does not start. */
  async engine(): Promise<Engine> {
    return (await useEngine(this.config)).engine;
  }

  /** The data, open. @throws UserError for data that cannot be read. */
  source(): Promise<EventSource> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /**
   * The trained model with the weights of a checkpoint, ready to draw. It belongs to the run, which disposes it.
   * @param checkpoint `latest`, `best` or `step-N`.
   * @throws UserError for a run that is not trained, and a checkpoint that is missing or damaged.
   */
  async model(checkpoint = 'latest'): Promise<GenerativeModel> {
    return (await this.#drawing(checkpoint)).model;
  }

  /**
   * Trains the model to its end, from the latest checkpoint if there is one. Of several workers all must call this.
   * Settings that were changed since then are followed where they can be, and the folder's config says them then.
   * @returns how it ended: `finished`, `interrupted` by the signal, or `out of time`.
   * @throws UserError for data and options that cannot be trained with, a folder in which another process trains, and
   * settings that cannot change once a run is trained; TrainingDiverged for a loss that is not finite.
   * @example
   * const { outcome } = await run.train({ onStep: ({ step, loss }) => console.log(step, loss) });
   */
  async train(options: TrainOptions = {}): Promise<TrainingResult> {
    const communicator = await joinWorkers(this.config);
    const lock = await this.#lockFolder(communicator);
    try {
      await onRankZero(communicator, () => checkResumable(this.#directory, this.config, this.topology));
      const prepared = await this.#preparedTraining();
      this.#disposeModels();
      return await trainPrepared(this.#directory, prepared, this.#log, options);
    } finally {
      lock?.release();
    }
  }

  /** Of several workers rank 0 holds the lock for all. */
  async #lockFolder(communicator: Communicator): Promise<WriteLock | undefined> {
    let lock = this.#lock;
    this.#lock = undefined;
    await onRankZero(communicator, async () => {
      lock ??= await this.#directory.lock('training', this.#log);
    });
    return lock;
  }

  /**
   * Finds out whether a new run can be trained: starts the engine, opens the data and builds the model. `createRun` has
   * done so before it wrote anything. Of several workers all must call this.
   * @throws UserError for data and options that cannot be trained with.
   */
  async prepare(): Promise<void> {
    this.#prepared = await this.#prepareTraining(() => undefined);
  }

  /**
   * Draws truth-level events for the detector-level events of a split, a batch at a time.
   * @throws UserError for a run that is not trained and a split without events; the reason of a signal that is aborted.
   * @example
   * for await (const { particles, truth } of run.draw({ draws: 10, events: 1000 })) {
   *   console.log(particles.hadronic_top.mass, truth?.particles.hadronic_top.mass);
   * }
   */
  async *draw(options: DrawOptions = {}): AsyncGenerator<DrawBlock, void, undefined> {
    const drawing = await this.#drawing(options.checkpoint);
    yield* drawBlocks(await this.#session(onlyWorker()), drawing, options);
  }

  /**
   * Draws for the events of a split and writes them to an HDF5 file. Of several workers all must call this: they share
   * the events out.
   * @returns how it ended: `finished`, or `interrupted` by the signal, to go on with `resume`.
   * @throws UserError for a run that is not trained, a split without events, and a file that is there already.
   * @example
   * const { file } = await run.sample({ draws: 100, split: 'test', out: 'draws.h5' });
   */
  async sample(options: SampleOptions = {}): Promise<SamplingResult> {
    const communicator = await joinWorkers(this.config);
    return sampleToFile(this.#sampling(communicator), options);
  }

  #sampling(communicator: Communicator): Sampling {
    const inputs = (): readonly string[] => this.inputs();
    const open = async (checkpoint: string) => {
      const drawing = await this.#drawing(checkpoint);
      this.#log.writeWhereAllowed(this.outputs);
      return { drawing, session: await this.#session(communicator) };
    };
    return { directory: this.#directory, communicator, log: this.#log, inputs, open };
  }

  /**
   * Draws for events in memory, by the names and units of the topology: GeV and radians. The data need not be there.
   * @throws UserError for a run that is not trained, and for events that are not as the topology has them.
   * @example
   * const jets = [
   *   { pt: 98.1, eta: 0.4, phi: 1.2, mass: 9.7, btag: 1 },
   *   { pt: 61.5, eta: -1.1, phi: -2.3, mass: 7.9, btag: 0 },
   * ];
   * const lepton = { pt: 45.2, eta: -0.7, phi: 2.9, mass: 0.106, is_electron: 0 };
   * const posterior = await run.posterior([{ jets, lepton, met: { met: 38.4, phi: -0.5 } }], { draws: 500 });
   * console.log(posterior.events[0].summary.hadronic_top.mass);
   */
  async posterior(events: readonly ObservedEvent[], options: PosteriorOptions = {}): Promise<PosteriorDraws> {
    const { draws = 1000, firstDraw = 0, seed = this.config.seed, checkpoint, signal } = options;
    const { topology } = this;
    if (!topology) {
      const { kind } = this.config.choices['data'] as { readonly kind: string };
      throw new UserError(`missing topology: data "${kind}" does not say how events in memory are laid out`);
    }
    const host = encodeObservedEvents(topology, events);
    const drawing = await this.#drawing(checkpoint);
    signal?.throwIfAborted();
    const rng = streamOfDraws(new Rng(this.config.seed), seed);
    const { momenta } = await drawMomenta(drawing, host, { first: 0, draws, firstDraw, rng, signal });
    return new PosteriorDraws(drawing.spec, draws, momenta);
  }

  /**
   * Compares draws that were written to a file with the truth of their events. Of several workers rank 0 alone calls
   * this, after all have left: see `leaveWorkers`.
   * @throws UserError for a file that is missing or without truth.
   * @example
   * const { distances } = await run.evaluate({ bootstrap: 20 });
   * console.log(distances.metrics[0], distances.distances.totals[0].value);
   */
  evaluate(options: EvaluateOptions = {}): Promise<Evaluation> {
    const parts = { directory: this.#directory, config: this.config, log: this.#log };
    const canDraw = (): boolean => this.isTrained && this.#directory.hasScaling;
    const model = async () => (canDraw() ? this.model() : undefined);
    return evaluateRun({ ...parts, inputs: this.inputs(), source: () => this.source(), model }, options);
  }

  /**
   * Draws many times for each of some events, unless these draws are there already, and judges event by event whether
   * the posteriors can be trusted. This process alone does all of it.
   * @returns undefined if the signal is aborted while it draws; the next call goes on.
   * @throws UserError for a run that is not trained, and for a split without events or without truth.
   * @example
   * const diagnosis = await run.diagnose({ events: 2000, draws: 100 });
   * if (diagnosis) console.log(diagnosis.findings.verdicts.filter(({ status }) => status === 'bad'));
   */
  diagnose(options: DiagnoseOptions = {}): Promise<PosteriorDiagnosis | undefined> {
    const parts = { directory: this.#directory, config: this.config, log: this.#log, inputs: this.inputs() };
    const sampling = this.#sampling(onlyWorker());
    const sample = (of: SampleOptions): Promise<SamplingResult> => sampleToFile(sampling, of, { reuse: true });
    const model = (checkpoint: string): Promise<DrawingModel> => this.#drawing(checkpoint);
    return diagnoseRun({ ...parts, source: () => this.source(), sample, model }, options);
  }

  /**
   * Gives the run the weights of a safetensors file of another program, e.g. PyTorch, as a new checkpoint.
   * @param names YAML file of rules that turn names and layouts of that program into those of the model.
   * @returns the path of the checkpoint.
   * @throws UserError for a run that is not trained, and for tensors that are missing, left over or of another shape.
   * @example
   * await run.importWeights('vld.safetensors', { names: 'vld_torch.names.yaml' });
   */
  importWeights(file: string, { names }: { readonly names?: string | undefined } = {}): Promise<string> {
    return importWeights(this.#directory, file, { names, log: this.#log });
  }

  /**
   * Writes the trained model for other programs: an ONNX file of the whole way from the detector to a draw, and one of
   * each network. Draws follow from the weights and the random numbers that are put in, and from nothing else. This
   * process alone does it, without the engine.
   * @throws UserError for a run that is not trained, a model of which no graph can be made, and files that are there.
   * @example
   * const { files } = await run.export({ out: 'for-the-experiment' });
   */
  export(options: ExportOptions = {}): Promise<ExportResult> {
    return exportModel(this.#exported(), options);
  }

  /**
   * The way from what the detector saw of one event to its draws, as an ONNX file in memory, and what random numbers go
   * into it.
   * @throws UserError for a run that is not trained, and a model of which no graph can be made.
   * @example
   * const { onnx, noise } = await run.drawingGraph(); // rows of the event and of `noise` normal numbers to momenta
   */
  drawingGraph(checkpoint = 'latest'): Promise<DrawingGraph> {
    return drawingGraph(this.#exported(), checkpoint);
  }

  #exported(): ExportedRun {
    const { spec } = this.#assembled;
    return { directory: this.#directory, config: this.config, spec, log: this.#log, inputs: this.inputs() };
  }

  /**
   * Makes a folder of what drawing with the trained run takes, to be given to others: see `packRun`.
   * @throws UserError for a folder that is there already, a run that is not trained, and plugins that are files.
   * @example
   * const { folder } = run.pack({ out: 'ttbar-small', license: 'mit' });
   */
  pack(options: PackOptions): PackResult {
    const parts = { directory: this.#directory, config: this.config, spec: this.#assembled.spec, log: this.#log };
    return packRun(parts, options);
  }

  /** The files that the run reads: its own and those that its config names. Nothing is ever written over them. */
  inputs(): readonly string[] {
    return [...this.#directory.inputs(), ...inputFiles(this.config)];
  }

  /** Disposes the models, closes the data and flushes the log. The engine stays started: it is the process's. */
  async close(): Promise<void> {
    this.#lock?.release();
    this.#lock = undefined;
    this.#prepared?.model.dispose();
    this.#prepared = undefined;
    this.#disposeModels();
    if (this.#opened) await this.#assembled.close();
    this.#opened = undefined;
    this.#log.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What `prepare` has made, if its tensors are still there; else all of it anew, with the scaling of the folder. */
  async #preparedTraining(): Promise<PreparedOn> {
    const known = this.#prepared;
    this.#prepared = undefined;
    if (known && known.backend === (await useEngine(this.config)).backend) return known;
    const isScaled = (): boolean => this.isTrained && this.#directory.hasScaling;
    return this.#prepareTraining(() => (isScaled() ? this.scaling : undefined));
  }

  async #prepareTraining(scaling: () => EventScaling | undefined): Promise<PreparedOn> {
    const communicator = await joinWorkers(this.config);
    const open = () => this.#session(communicator);
    const prepared = await prepareTraining(this.config, communicator, { open, scaling });
    return { ...prepared, backend: (await useEngine(this.config)).backend };
  }

  async #open(): Promise<EventSource> {
    try {
      await this.#assembled.open();
      return this.#assembled;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  async #session(communicator: Communicator): Promise<Session> {
    const { engine } = await useEngine(this.config);
    return sessionOf({ config: this.config, engine, source: await this.source(), communicator });
  }

  async #drawing(checkpoint = 'latest'): Promise<DrawingModel> {
    const { backend } = await useEngine(this.config);
    const known = this.#models.get(checkpoint);
    if (known?.backend === backend) return known;
    const parts = { directory: this.#directory, config: this.config, log: this.#log };
    const loaded = loadDrawingModel({ ...parts, spec: this.#assembled.spec, backend }, checkpoint);
    this.#models.set(checkpoint, loaded);
    return loaded;
  }

  #disposeModels(): void {
    for (const { model } of this.#models.values()) model.dispose();
    this.#models.clear();
  }
}
