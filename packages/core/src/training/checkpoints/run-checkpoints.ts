import { statSync } from 'node:fs';
import type { Communicator } from '../../contracts/training/communicator.js';
import { UserError } from '../../errors.js';
import { Agreement } from '../agreement/agreement.js';
import { checkUndrifted } from '../agreement/shared-state.js';
import type { TrainingRun } from '../training-run.js';
import type { Checkpoint } from './checkpoint.js';
import { CheckpointStore } from './checkpoint-store.js';

/** The checkpoints of a run in training, which worker 0 writes once all workers have been found to have the same. */
export class RunCheckpoints {
  readonly #store: CheckpointStore;
  readonly #communicator: Communicator;
  readonly #keep: number;
  readonly #directory: string;
  /** Of the folder of the run when the training began; undefined where there was none yet. */
  readonly #identity: string | undefined;
  #path: string;
  #savedStep: number | undefined;

  constructor({ directory, communicator, options, resume }: TrainingRun) {
    this.#directory = directory;
    this.#identity = communicator.rank === 0 ? identityOf(directory) : undefined;
    this.#store = new CheckpointStore(directory);
    this.#communicator = communicator;
    this.#keep = options.keepCheckpoints;
    this.#path = resume?.path ?? '';
    this.#savedStep = resume?.checkpoint.state.step;
  }

  /** Path of the last one; empty if there is none. */
  get path(): string {
    return this.#path;
  }

  /** Whether the last one is of this step of the run. */
  isOf(step: number): boolean {
    return this.#savedStep === step;
  }

  /**
   * Saves a checkpoint; `before` is done by worker 0 just before it writes.
   * @throws WorkersDrifted, on every worker.
   */
  async save(checkpoint: Checkpoint, { best, before }: { best: boolean; before: () => void }): Promise<void> {
    const { step } = checkpoint.state;
    await checkUndrifted(this.#communicator, step, checkpoint);
    if (this.#communicator.rank === 0) {
      this.#checkSameFolder(step);
      before();
      this.#store.save(checkpoint, { best, keep: this.#keep });
    }
    // Nobody goes on before it is on the disk.
    await new Agreement(this.#communicator).wait(`the checkpoint of step ${step}`);
    this.#path = this.#store.pathOf(step);
    this.#savedStep = step;
  }

  // Another folder of the same name, e.g. of a run that was begun after this one was renamed, gets nothing of this one.
  #checkSameFolder(step: number): void {
    const now = identityOf(this.#directory);
    if (this.#identity === undefined || now === undefined || now === this.#identity) return;
    throw new UserError(
      `replaced ${this.#directory}: another folder took its place while the run was trained, so step-${step} cannot ` +
        'be saved; bring the first one back, and go on from its last checkpoint',
    );
  }
}

/** What tells a folder from a later one of its name. */
function identityOf(folder: string): string | undefined {
  const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
