import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  asWriteError,
  CheckpointStore,
  type EventScaling,
  scalingFromJson,
  scalingToJson,
  UserError,
  writeFileAtomically,
} from '@unfold-zoo/core';

/** The files of a run. */
export class RunDirectory {
  readonly path: string;

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

  /** Makes the folder. One that has something in it is refused, or emptied if `force` and it is a run's. */
  create(configYaml: string, { force }: { readonly force: boolean }): void {
    if (existsSync(this.path) && !isEmptyFolder(this.path)) this.#clear(force);
    try {
      mkdirSync(this.path, { recursive: true });
    } catch (error) {
      throw asWriteError(this.path, error);
    }
    writeFileAtomically(this.config, configYaml);
  }

  #clear(force: boolean): void {
    if (!force) {
      throw new UserError(
        `existing ${this.path}: the folder is not empty; choose another with --out, go on with --resume, or replace it with --force`,
      );
    }
    if (!existsSync(this.config)) {
      throw new UserError(`existing ${this.path}: not the folder of a run, so --force will not replace it`);
    }
    rmSync(this.path, { recursive: true });
  }

  /** Refuses a folder that is not a run's. */
  checkExists(): void {
    if (existsSync(this.config)) return;
    throw new UserError(
      `missing run ${this.path}: there is no config.yaml in it; expected the folder of a trained run`,
    );
  }

  /** The checkpoint called `latest`, `best` or `step-N`. */
  checkpoint(name: string): string {
    const store = new CheckpointStore(this.path);
    const found = store.find(name);
    if (found) return found;
    const have = store.list();
    throw new UserError(
      have.length === 0
        ? `missing checkpoint: ${this.path} has none; train it first`
        : `unknown checkpoint "${name}": ${this.path} has latest, best, ${have.join(', ')}`,
    );
  }

  /** The checkpoint to go on from, if there is one. */
  get latestCheckpoint(): string | undefined {
    return new CheckpointStore(this.path).find('latest');
  }

  get scaling(): EventScaling | undefined {
    const path = join(this.path, 'scaling.json');
    return existsSync(path) ? scalingFromJson(readJson(path), path) : undefined;
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
