import { availableParallelism } from 'node:os';
import { type Communicator, UserError } from '@unfold-zoo/core';
import { launchedAs, ownProcessors } from '@unfold-zoo/core/workers';
import { type Collective, type MpiJob, mpiJob } from './job.js';

/** How processes are joined by MPI. */
export interface MpiOptions {
  /** File of the MPI library; by default the first that is found. */
  readonly library?: string | undefined;
  /** Longest wait for the other workers. */
  readonly timeoutSeconds: number;
  /** What is longer is added up in portions of so many MiB. */
  readonly bucketMegabytes: number;
}

/** Bytes that MPI counts in an `int`. */
const LARGEST_BROADCAST = 2 ** 30;
const BYTES_PER_MEGABYTE = 2 ** 20;

/** The processes that mpirun or srun started. */
export class MpiCommunicator implements Communicator {
  readonly #options: MpiOptions;
  #job: MpiJob | undefined;

  constructor(options: MpiOptions) {
    this.#options = options;
  }

  get label(): string {
    const { world, version, isThreaded } = this.#joined.library;
    return `${world} workers over ${version}${isThreaded ? '' : ', which waits without a thread of its own'}`;
  }

  get rank(): number {
    return this.#joined.library.rank;
  }

  get world(): number {
    return this.#joined.library.world;
  }

  async open(): Promise<void> {
    const job = await mpiJob(this.#options.library);
    checkWorld(job);
    shareProcessors();
    job.enter();
    this.#job = job;
  }

  async allReduceSum(values: Float32Array | Float64Array, during = 'training'): Promise<void> {
    const job = this.#joined;
    if (job.library.world === 1) return;
    const collective = this.#collective('a sum', during);
    const size = Math.max(
      1,
      Math.round((this.#options.bucketMegabytes * BYTES_PER_MEGABYTE) / values.BYTES_PER_ELEMENT),
    );
    await inPortions(values, size, (part) => job.do(collective, (library) => library.sum(part)));
  }

  async broadcast(bytes: Uint8Array): Promise<void> {
    const job = this.#joined;
    const collective = this.#collective('a broadcast', 'worker 0');
    await inPortions(bytes, LARGEST_BROADCAST, (part) => job.do(collective, (library) => library.broadcast(part)));
  }

  async close(): Promise<void> {
    await this.#joined.exit(this.#collective('leaving', 'the end'));
    this.#job = undefined;
  }

  abort(exitCode: number): void {
    this.#joined.abort(exitCode);
  }

  get #joined(): MpiJob {
    if (!this.#job) throw new Error('missing MPI: the communicator is not open');
    return this.#job;
  }

  #collective(name: string, during: string): Collective {
    return { name: `${name} (${during})`, timeoutSeconds: this.#options.timeoutSeconds };
  }
}

// All portions are queued at once: on no worker may another call come between them.
async function inPortions<Values extends Float32Array | Float64Array | Uint8Array>(
  values: Values,
  size: number,
  queue: (portion: Values) => Promise<void>,
): Promise<void> {
  const queued: Promise<void>[] = [];
  for (let start = 0; start < values.length; start += size) {
    queued.push(queue(values.subarray(start, start + size) as Values));
  }
  await Promise.all(queued);
}

// A library of another MPI than the launcher's joins nobody: every process would train alone.
function checkWorld({ library: { world, path, version } }: MpiJob): void {
  const launched = launchedAs();
  if (!launched || launched.world === world) return;
  throw new UserError(
    `invalid parallel.library: ${launched.launcher} started ${launched.world} processes, of which ${path} ` +
      `(${version}) joins ${world}; start them with the launcher of that library, or name the launcher's library ` +
      'by parallel.library',
  );
}

/**
 * Engines take every processor that they may use; those that are not bound to their own must leave the others theirs.
 */
function shareProcessors(): void {
  const own = ownProcessors();
  if (own < availableParallelism()) process.env['OMP_NUM_THREADS'] ??= String(own);
}
