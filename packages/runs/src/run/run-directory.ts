import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EventScaling, UserError } from '@unfold-zoo/core';
import { scalingFromJson, scalingToJson } from '@unfold-zoo/core/events';
import { asWriteError, type HostTensor, makeFolder, writeFileAtomically } from '@unfold-zoo/core/files';
import {
  type Checkpoint,
  CheckpointStore,
  type FoundCheckpoint,
  readCheckpoint,
  readSamplingWeights,
} from '@unfold-zoo/core/training';
import type { Log } from './log.js';

/** The files of a run. */
export class RunDirectory {
  readonly path: string;
  #made: readonly string[] = [];

  constructor(path: string) {
    this.path = resolve(path);
  }

  get config(): string {
    return join(this.path, 'config.yaml');
  }

  get report(): string {
    return join(this.path, 'report');
  }

  get draws(): string {
    return join(this.path, 'draws.h5');
  }

  /** Makes the folder if it is not there. One that has something in it is refused, unless `force` and it is a run's. */
  reserve({ force }: { readonly force: boolean }): void {
    if (existsSync(this.path) && !isEmptyFolder(this.path)) this.#checkReplaceable(force);
    try {
      this.#made = makeFolder(this.path);
    } catch (error) {
      throw asWriteError(this.path, error);
    }
  }

  /** Removes what `reserve` made and nothing came of. */
  release(): void {
    for (const folder of this.#made.toReversed()) if (isEmptyFolder(folder)) rmdirSync(folder);
  }

  /** Begins a run in the folder, in place of whatever is in it. */
  create(configYaml: string): void {
    for (const name of readdirSync(this.path)) rmSync(join(this.path, name), { recursive: true });
    writeFileAtomically(this.config, configYaml);
  }

  /** Replaces the config by one that says the same of the model. */
  rewriteConfig(configYaml: string): void {
    writeFileAtomically(this.config, configYaml);
  }

  #checkReplaceable(force: boolean): void {
    if (!force) {
      throw new UserError(
        (option) =>
          `existing ${this.path}: the folder is not empty; choose another with ${option('out')}, ` +
          `resume the run that is in it, or replace it with ${option('force')}`,
      );
    }
    if (!existsSync(this.config)) {
      throw new UserError(
        (option) => `existing ${this.path}: not the folder of a run, so ${option('force')} will not replace it`,
      );
    }
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

  get scaling(): EventScaling | undefined {
    const path = join(this.path, 'scaling.json');
    return existsSync(path) ? scalingFromJson(readJson(path), path) : undefined;
  }

  /** @throws UserError for a run that has none yet. */
  fittedScaling(): EventScaling {
    if (this.scaling) return this.scaling;
    throw new UserError(`missing ${join(this.path, 'scaling.json')}: the run is not complete`);
  }

  saveScaling(scaling: EventScaling): void {
    writeFileAtomically(join(this.path, 'scaling.json'), `${JSON.stringify(scalingToJson(scaling), null, 2)}\n`);
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(`invalid ${path}: ${(error as Error).message}`);
  }
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    throw new UserError(`existing ${path}: it is a file; expected a new folder`);
  }
}
