import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isUserError, UserError } from '../../errors.js';
import { flushFolder, removeQuietly, writeFileAtomically } from '../../files/atomic-file.js';
import { readBytes } from '../../files/read-bytes.js';
import { asWriteError, NOTHING_HALF_WRITTEN } from '../../files/system-errors.js';
import { temporaryPath } from '../../files/temporary-path.js';
import { type Checkpoint, verifyCheckpoint, writeCheckpoint } from './checkpoint.js';

/** A checkpoint whose files are as they were written. */
export interface FoundCheckpoint<Content> {
  /** `step-N`. */
  readonly name: string;
  readonly path: string;
  /** What was read of it. */
  readonly content: Content;
  /** What was wrong with the pointer or with newer checkpoints, newest first; empty when it is the one asked for. */
  readonly passedOver: readonly string[];
}

/**
 * The checkpoints of one run: `checkpoints/step-N/`, each complete or absent, and the pointers `latest` and `best`. A
 * process may be killed, or the power fail, at any moment: what was saved before stays loadable.
 */
export class CheckpointStore {
  readonly #runDirectory: string;
  readonly #directory: string;

  constructor(runDirectory: string) {
    this.#runDirectory = runDirectory;
    this.#directory = join(runDirectory, 'checkpoints');
  }

  /**
   * Writes a checkpoint to a temporary name, flushes and renames it, moves the pointers, and prunes old ones.
   * @throws UserError where the disk does not take it, and for the folder of a run that is not there.
   */
  save(checkpoint: Checkpoint, options: { readonly best: boolean; readonly keep: number }): string {
    const { step } = checkpoint.state;
    try {
      return this.#save(checkpoint, options);
    } catch (error) {
      // A folder may go at any moment of this.
      if (existsSync(this.#runDirectory)) throw error;
      throw new UserError(missingRun(this.#runDirectory, `step-${step}`), { cause: error });
    }
  }

  #save(checkpoint: Checkpoint, { best, keep }: { readonly best: boolean; readonly keep: number }): string {
    const { step } = checkpoint.state;
    const name = `step-${step}`;
    const path = this.pathOf(step);
    const temporary = this.#temporary(name);
    try {
      // Not with the folders above it: one that was removed or renamed must not come back with this alone in it.
      mkdirSync(this.#directory);
      flushFolder(this.#runDirectory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asWriteError(path, error);
    }
    try {
      this.clearUp();
      mkdirSync(temporary);
      writeCheckpoint(temporary, checkpoint);
      this.#put(temporary, path);
    } catch (error) {
      removeQuietly(temporary, { recursive: true });
      throw asWriteError(path, error, NOTHING_HALF_WRITTEN);
    }
    // A run goes on from `latest`, which knows the best loss: it would not save the best one again.
    if (best) writeFileAtomically(join(this.#directory, 'best'), `${name}\n`);
    writeFileAtomically(join(this.#directory, 'latest'), `${name}\n`);
    this.#prune(step, keep);
    return path;
  }

  /** Where the checkpoint of a step is or will be. */
  pathOf(step: number): string {
    return join(this.#directory, `step-${step}`);
  }

  /**
   * The path of the checkpoint named `latest`, `best` or `step-N`; undefined if there is none. Its files are not looked
   * at.
   */
  find(name: string): string | undefined {
    const target = isPointer(name) ? this.#target(name) : name;
    return target !== undefined && this.list().includes(target) ? this.#pathOf(target) : undefined;
  }

  /** Names of the checkpoints that exist, oldest first. */
  list(): string[] {
    const names = this.#entries().map((name) => name.replace(/\.replaced$/, ''));
    return [...new Set(names)].filter((name) => /^step-\d+$/.test(name)).toSorted((a, b) => stepOf(a) - stepOf(b));
  }

  /**
   * Reads the checkpoint that `latest` names or, if it is damaged, the newest good one before it; where the pointer
   * itself is damaged, the newest good one of all. `read` refuses what is damaged, as `readCheckpoint` and
   * `readSamplingWeights` do. Undefined if nothing was ever saved. Throws a `UserError` if none is good.
   */
  newestGood<Content>(read: ReadCheckpoint<Content>): FoundCheckpoint<Content> | undefined {
    const names = this.list().toReversed();
    const target = this.#target('latest');
    if (names.length === 0 && target === undefined) return undefined;
    const first = names.indexOf(target ?? '');
    const passedOver = first < 0 ? [this.#pointerProblem('latest')] : [];
    // Newer ones than `latest`, of a run killed just before it moved the pointer, come last.
    for (const name of first < 0 ? names : [...names.slice(first), ...names.slice(0, first)]) {
      const path = this.#pathOf(name);
      const attempt = attemptTo(read, path);
      if ('content' in attempt) return { name, path, ...attempt, passedOver };
      passedOver.push(attempt.problem);
    }
    throw new UserError(
      `damaged checkpoints: ${passedOver.join('; ')}; none is left to load, restore one from a copy or train again`,
    );
  }

  /**
   * Reads the checkpoint named `best` or `step-N`.
   * @throws UserError that lists the good ones, if it is not there or damaged.
   */
  good<Content>(name: string, read: ReadCheckpoint<Content>): FoundCheckpoint<Content> {
    const path = this.find(name);
    if (path === undefined) throw this.#refusal(this.#absence(name));
    const attempt = attemptTo(read, path);
    if ('problem' in attempt) throw this.#refusal(attempt.problem);
    return { name: basename(path, REPLACED), path, ...attempt, passedOver: [] };
  }

  #refusal(problem: string): UserError {
    const good = this.list().filter((name) => 'content' in attemptTo(verifyCheckpoint, this.#pathOf(name)));
    return new UserError(`${problem}; good checkpoints: ${good.join(', ') || 'none'}`);
  }

  #absence(name: string): string {
    if (isPointer(name) && existsSync(join(this.#directory, name))) return this.#pointerProblem(name);
    return `unknown checkpoint "${name}": expected latest, best or step-N`;
  }

  #pointerProblem(pointer: string): string {
    const path = join(this.#directory, pointer);
    const target = this.#target(pointer);
    if (target === undefined) return `missing ${path}: it names a checkpoint`;
    if (/^step-\d+$/.test(target)) return `damaged ${path}: it names ${target}, which is not there`;
    return `damaged ${path}: expected the name of a checkpoint, such as step-500`;
  }

  /** What a pointer says; undefined if it is not there, and empty if it cannot be read. */
  #target(pointer: string): string | undefined {
    const path = join(this.#directory, pointer);
    if (!existsSync(path)) return undefined;
    try {
      return readBytes(path, 'the name of a checkpoint', LONGEST_POINTER).toString('utf8').trim();
    } catch (error) {
      if (isUserError(error)) return '';
      throw error;
    }
  }

  #entries(): string[] {
    return existsSync(this.#directory) ? readdirSync(this.#directory) : [];
  }

  // While a checkpoint of the same step is put in its place, the one before has another name.
  #pathOf(name: string): string {
    const path = join(this.#directory, name);
    return existsSync(path) ? path : `${path}${REPLACED}`;
  }

  #temporary(name: string): string {
    return temporaryPath(join(this.#directory, `.${name}`));
  }

  // No folder can be renamed onto one that has something in it.
  #put(temporary: string, path: string): void {
    const replaced = `${path}${REPLACED}`;
    if (existsSync(path)) renameSync(path, replaced);
    renameSync(temporary, path);
    flushFolder(this.#directory);
    rmSync(replaced, { recursive: true, force: true });
  }

  /** Removes what a killed process left half done. Only for whoever may write here. */
  clearUp(): void {
    for (const name of this.#entries()) {
      const path = join(this.#directory, name);
      const replacement = join(this.#directory, basename(name, REPLACED));
      if (/^(\.step-\d+|latest|best)\.tmp-\d+$/.test(name)) rmSync(path, { recursive: true });
      else if (!/^step-\d+\.replaced$/.test(name)) continue;
      else if (existsSync(replacement)) rmSync(path, { recursive: true });
      else renameSync(path, replacement);
    }
  }

  // Later steps than the one just saved are of a future that was left: the run went on from an earlier checkpoint.
  #prune(step: number, keep: number): void {
    const pointed = new Set(['latest', 'best'].map((name) => this.#target(name)));
    const kept = this.list().filter((name) => stepOf(name) <= step);
    const recent = new Set(kept.slice(-keep));
    for (const name of this.list()) if (!pointed.has(name) && !recent.has(name)) this.#remove(name);
  }

  // Renamed first, so that a checkpoint is never there in parts.
  #remove(name: string): void {
    const temporary = this.#temporary(name);
    renameSync(join(this.#directory, name), temporary);
    rmSync(temporary, { recursive: true });
  }
}

const REPLACED = '.replaced';

function missingRun(directory: string, name: string): string {
  return (
    `missing ${directory}: it was removed or renamed while the run was trained, so ${name} cannot be saved; ` +
    'bring it back, and go on from its last checkpoint'
  );
}

// A disk that takes no files may not give them back either; the first reason is the one to tell.
type ReadCheckpoint<Content> = (path: string) => Content;

type Attempt<Content> = { readonly content: Content } | { readonly problem: string };

function attemptTo<Content>(read: ReadCheckpoint<Content>, path: string): Attempt<Content> {
  try {
    return { content: read(path) };
  } catch (error) {
    // A file that the system cannot read, e.g. because the disk fails, is as bad as one with wrong bytes.
    if (!isUserError(error) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    return { problem: (error as Error).message };
  }
}

function isPointer(name: string): boolean {
  return name === 'latest' || name === 'best';
}

function stepOf(name: string): number {
  return Number(name.slice('step-'.length));
}

/** Bytes: more than the name of any checkpoint has. */
const LONGEST_POINTER = 1000;
