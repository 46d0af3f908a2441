import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { type EventSpec, type Representation, UserError } from '@unfold-zoo/core';
import { type EventScaling, readScaling, writeScaling } from '@unfold-zoo/core/events';
import { asReadError, checkOverwritesNoInput, type HostTensor, writeFileAtomically } from '@unfold-zoo/core/files';
import {
  type Checkpoint,
  CheckpointStore,
  type FoundCheckpoint,
  readCheckpoint,
  readSamplingWeights,
} from '@unfold-zoo/core/training';
import { runPlace } from '../packing/pretrained.js';
import { findOwnedFiles, listed, removeLeftOvers, removeOwnedFiles } from '../writing/owned-files.js';
import { lockFileOf, WriteLock } from '../writing/write-lock.js';
import type { Log } from './log.js';
import {
  type DiagnosisNumbers,
  diagnosisDrawsFile,
  diagnosisDrawsOf,
  isBarelyBegun,
  RUN_CONTENT,
  RUN_FILE,
  RUN_LOCKS,
  TRAINING_CONTENT,
} from './run-files.js';
import { isRunFolder, newMarker, type RunMarker, readMarker, writeMarker } from './run-marker.js';

/** What a run begins with. */
export interface NewRun {
  /** Its config, resolved. */
  readonly config: string;
  /** The topology of its data, as YAML; undefined for data that do not say. */
  readonly topology: string | undefined;
  /** Files that the run reads; none of them is ever removed. */
  readonly inputs: readonly string[];
}

/** The files of a run. */
export class RunDirectory {
  readonly path: string;
  /** Folder of what is made from the run: its own, or for a model that comes along one of the working directory. */
  readonly outputs: string;

  /** @param name its path, or `pretrained:<name>`. @throws UserError for a pretrained model that is not there. */
  constructor(name: string) {
    const { folder, outputs } = runPlace(name);
    this.path = folder;
    this.outputs = outputs;
  }

  get config(): string {
    return join(this.path, RUN_FILE.config);
  }

  get report(): string {
    return join(this.outputs, RUN_FILE.report);
  }

  get draws(): string {
    return join(this.outputs, RUN_FILE.draws);
  }

  /** The file of the draws of a diagnosis with these numbers. */
  diagnosisDraws(numbers: DiagnosisNumbers): string {
    return join(this.outputs, diagnosisDrawsFile(numbers));
  }

  get onnx(): string {
    return join(this.outputs, RUN_FILE.onnx);
  }

  /** The run's own copy of the topology of its data. Runs of older versions have none. */
  get topology(): string {
    return join(this.path, RUN_FILE.topology);
  }

  /** @throws UserError for a model that comes along, which stays as it is. */
  checkOwn(): void {
    if (this.path === this.outputs) return;
    throw new UserError(`invalid run ${this.path}: a pretrained model stays as it is; start from it with --from`);
  }

  /** Keeps others from writing the run, as long as the lock is held. */
  async lock(work: string, log: Pick<Log, 'warn'>): Promise<WriteLock> {
    this.checkOwn();
    const lock = await WriteLock.ofFolder(this.path, { work, log });
    // Those of draws and reports are left to whoever writes these, who may be at work while a run is trained.
    removeLeftOvers(this.path, TRAINING_CONTENT);
    new CheckpointStore(this.path).clearUp();
    return lock;
  }

  /**
   * Takes the folder for a new run, and makes it if it is not there. One that has something in it is refused, unless
   * `force` and it is a run's with nothing else in it.
   */
  async reserve({ force, log }: { readonly force: boolean; readonly log: Pick<Log, 'warn'> }): Promise<WriteLock> {
    this.checkOwn();
    // The lock is not even tried in a folder that is none of ours.
    if (!this.#isFree() && !isRunFolder(this.path)) throw this.#foreign(force);
    const lock = await WriteLock.ofFolder(this.path, { work: 'training', log });
    try {
      if (!this.#isFree()) this.checkReplaceable(force);
      return lock;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  #isFree(): boolean {
    return !existsSync(this.path) || isBarelyBegun(namesIn(this.path));
  }

  #foreign(force: boolean): UserError {
    return new UserError((option) =>
      force
        ? `existing ${this.path}: not the folder of a run, so ${option('force')} will not replace it`
        : `existing ${this.path}: the folder is not empty; choose another with ${option('out')}`,
    );
  }

  /** @throws UserError for a folder whose run must not be replaced, or that holds other files than a run's. */
  checkReplaceable(force: boolean): void {
    if (!isRunFolder(this.path)) throw this.#foreign(force);
    if (!force) {
      throw new UserError(
        (option) =>
          `existing ${this.path}: the folder is not empty; choose another with ${option('out')}, ` +
          `resume the run that is in it, or replace it with ${option('force')}`,
      );
    }
    const { others } = findOwnedFiles(this.path, RUN_CONTENT);
    if (others.length === 0) return;
    const names = listed(others.map((path) => relative(this.path, path)));
    throw new UserError(
      (option) =>
        `existing ${this.path}: it holds files that no run wrote, which ${option('force')} never removes: ${names}; ` +
        `move them away, or choose another folder with ${option('out')}`,
    );
  }

  /**
   * Begins a run in the folder, whose lock is held, in place of the one that is there.
   * @throws UserError, and has removed nothing, if a file of that one is read by the new one or is being written.
   */
  async create({ config, topology, inputs }: NewRun, log: Pick<Log, 'warn'>): Promise<void> {
    const found = findOwnedFiles(this.path, RUN_CONTENT);
    checkOverwritesNoInput(found.files, inputs);
    const locks = await this.#lockOutputs(log);
    try {
      // The marker first, and last of all to go: a process killed in between leaves a folder that is known as a run's.
      writeMarker(this.path, newMarker());
      // Then the config goes, without which nothing goes on with what is left of the old run.
      rmSync(this.config, { force: true });
      const kept = [RUN_FILE.marker, ...RUN_LOCKS, ...this.#diagnosisDraws().map(lockFileOf)];
      removeOwnedFiles({ ...found, files: found.files.filter((path) => !kept.includes(basename(path))) });
      if (topology !== undefined) writeFileAtomically(this.topology, topology);
      writeFileAtomically(this.config, config);
    } finally {
      for (const lock of locks) lock.release();
    }
  }

  /** Keeps others from drawing, exporting and writing the report. */
  async #lockOutputs(log: Pick<Log, 'warn'>): Promise<WriteLock[]> {
    const locks: WriteLock[] = [];
    try {
      for (const name of [RUN_FILE.draws, ...this.#diagnosisDraws(), RUN_FILE.onnx, RUN_FILE.report])
        locks.push(await WriteLock.ofOutput(join(this.path, name), { work: 'replacing the run', log }));
      return locks;
    } catch (error) {
      for (const lock of locks) lock.release();
      throw error;
    }
  }

  /** Names of the files of diagnoses' draws that are there, or are being made. */
  #diagnosisDraws(): string[] {
    return [...new Set(readdirSync(this.path).flatMap((name) => diagnosisDrawsOf(name) ?? []))];
  }

  /** The files of the run that others read, drawn events and reports aside. */
  inputs(): string[] {
    const { files } = findOwnedFiles(this.path, RUN_CONTENT);
    const isDrawn = (path: string): boolean =>
      /^\.?(draws\.h5|report|posterior|diagnosis|onnx)/.test(relative(this.path, path));
    return files.filter((path) => !isDrawn(path));
  }

  /** What the run says about itself; undefined for one of an older version. */
  get marker(): RunMarker | undefined {
    return readMarker(this.path);
  }

  /** Notes the settings that the run is trained with from here on. */
  noteSettings(trained: NonNullable<RunMarker['trained']>): void {
    writeMarker(this.path, { ...(this.marker ?? newMarker()), trained });
  }

  /** Replaces the config by one that says the same of the model. */
  rewriteConfig(configYaml: string): void {
    writeFileAtomically(this.config, configYaml);
  }

  /** Refuses a folder that is not a run's. */
  checkExists(): void {
    if (existsSync(this.config)) return;
    throw new UserError(
      `missing run ${this.path}: there is no config.yaml in it; expected the folder of a trained run`,
    );
  }

  /** The weights of the checkpoint called `latest`, `best` or `step-N`; a damaged `latest` gives way with a warning. */
  samplingWeights(name: string, log: Pick<Log, 'warn'>): FoundCheckpoint<ReadonlyMap<string, HostTensor>> {
    const store = new CheckpointStore(this.path);
    const have = store.list();
    if (have.length === 0) throw new UserError(`missing checkpoint: ${this.path} has none; train it first`);
    if (name === 'latest') return this.#newest(readSamplingWeights, log)!;
    if (name === 'best' || have.includes(name)) return store.good(name, readSamplingWeights);
    throw new UserError(`unknown checkpoint "${name}": ${this.path} has latest, best, ${have.join(', ')}`);
  }

  /** The checkpoint to go on from, if there is one; warns if it is not the one that was saved last. */
  latestCheckpoint(log: Pick<Log, 'warn'>): FoundCheckpoint<Checkpoint> | undefined {
    return this.#newest(readCheckpoint, log);
  }

  #newest<Content>(read: (path: string) => Content, log: Pick<Log, 'warn'>): FoundCheckpoint<Content> | undefined {
    const found = new CheckpointStore(this.path).newestGood(read);
    if (found && found.passedOver.length > 0) {
      log.warn(`${found.passedOver.join('; ')}; taking ${found.name} in its place, the newest good checkpoint`);
    }
    return found;
  }

  get hasCheckpoint(): boolean {
    return new CheckpointStore(this.path).list().length > 0;
  }

  get hasScaling(): boolean {
    return existsSync(this.#scaling);
  }

  /** @throws UserError for a run that has none yet, and for one that is damaged or belongs to other data. */
  scaling(spec: EventSpec, representation: Representation | undefined): EventScaling {
    if (this.hasScaling) return readScaling(this.#scaling, spec, representation);
    throw new UserError(`missing ${this.#scaling}: the run is not complete`);
  }

  saveScaling(scaling: EventScaling): void {
    writeScaling(this.#scaling, scaling);
  }

  get #scaling(): string {
    return join(this.path, RUN_FILE.scaling);
  }
}

function namesIn(folder: string): string[] {
  if (!statSync(folder).isDirectory()) throw new UserError(`existing ${folder}: it is a file; expected a new folder`);
  try {
    return readdirSync(folder);
  } catch (error) {
    throw asReadError(folder, error);
  }
}
