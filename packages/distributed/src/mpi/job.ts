import { joinMpi, type MpiLibrary } from './library.js';

/** Time for the other workers to say that they wait too, before the first of them ends the job. */
const GRACE_MS = 1000;

/** A collective operation: what it is called in messages, and when to give up waiting for the others. */
export interface Collective {
  readonly name: string;
  readonly timeoutSeconds: number;
}

/**
 * The MPI job that this process is part of. MPI starts once in a process and ends with it, so all communicators of a
 * process share one. Collectives are done one at a time in the order of their calls, the same on every worker.
 */
export class MpiJob {
  readonly library: MpiLibrary;
  #last: Promise<void> = Promise.resolve();
  #pending = 0;
  #users = 0;

  constructor(library: MpiLibrary) {
    this.library = library;
    process.once('exit', (code) => this.#leave(code));
  }

  /** A communicator takes part from here on. */
  enter(): void {
    this.#users++;
  }

  /** A communicator is done, and so are those of all other workers. */
  async exit(collective: Collective): Promise<void> {
    await this.do(collective, (library) => library.barrier());
    this.#users--;
  }

  /** Does a collective after those before it. Starts at once if there are none. */
  do(collective: Collective, work: (library: MpiLibrary) => Promise<void>): Promise<void> {
    const start = (): Promise<void> => this.#watch(collective, work(this.library));
    const done = this.#pending++ === 0 ? start() : this.#last.then(start);
    this.#last = done.finally(() => {
      this.#pending--;
    });
    return this.#last;
  }

  /** Ends every process of the job. */
  abort(exitCode: number): void {
    this.library.abort(exitCode);
    process.kill(process.pid, 'SIGKILL'); // Should the library return.
  }

  async #watch({ name, timeoutSeconds }: Collective, work: Promise<void>): Promise<void> {
    const { rank, world } = this.library;
    const timer = setTimeout(() => {
      process.stderr.write(
        `unanswered: worker ${rank} of ${world} has waited ${timeoutSeconds} s for the others in ${name}; ` +
          'one that does not say so too hangs. The job is ended; parallel.timeoutSeconds allows more time\n',
      );
      setTimeout(() => this.abort(1), GRACE_MS);
    }, 1000 * timeoutSeconds);
    try {
      await work;
    } finally {
      clearTimeout(timer);
    }
  }

  // Whoever goes in the middle of the work takes the others along, which would wait for it for ever.
  #leave(code: number): void {
    if (code === 0 || (this.#users === 0 && this.#pending === 0)) this.library.finalize();
    else this.abort(code);
  }
}

let current: Promise<MpiJob> | undefined;

/** The job of this process, joined at the first call. */
export function mpiJob(library: string | undefined): Promise<MpiJob> {
  current ??= joinMpi(library).then((joined) => new MpiJob(joined));
  return current;
}
