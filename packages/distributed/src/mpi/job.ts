import { joinMpi, type MpiLibrary } from './library.js';
import { RollCall } from './roll-call.js';

/** Time for the other workers to say that they wait too, before one that knows who does not ends the job. */
const GRACE_MS = 1000;
/** The same for one that does not know: one that does may have begun to wait later. */
const LONG_GRACE_MS = 10_000;

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
  readonly #rollCall: RollCall;
  #last: Promise<void> = Promise.resolve();
  #pending = 0;
  #users = 0;

  constructor(library: MpiLibrary) {
    this.library = library;
    this.#rollCall = new RollCall(library);
    process.once('exit', (code) => this.#leave(code));
  }

  /** A communicator takes part from here on. */
  enter(): void {
    this.#users++;
  }

  /** A communicator is done, and so are those of all other workers. */
  async exit(collective: Collective): Promise<void> {
    const meet = (): Promise<void> => this.do(collective, (library) => library.barrier());
    await meet();
    await this.#rollCall.finish(meet);
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

  async #watch(collective: Collective, work: Promise<void>): Promise<void> {
    const patience = 1000 * collective.timeoutSeconds;
    let hasTold = false;
    const half = setTimeout(() => {
      hasTold = true;
      this.#rollCall.tell(true);
    }, patience / 2);
    const whole = setTimeout(() => this.#giveUp(collective), patience);
    try {
      await work;
    } finally {
      clearTimeout(half);
      clearTimeout(whole);
      if (hasTold) this.#rollCall.tell(false);
    }
  }

  #giveUp({ name, timeoutSeconds }: Collective): void {
    const { rank, world } = this.library;
    const absent = this.#rollCall.absent();
    process.stderr.write(
      `unanswered: worker ${rank} of ${world} has waited ${timeoutSeconds} s for the others in ${name}; ` +
        `${whoHangs(absent)}. The job is ended; parallel.timeoutSeconds allows more time\n`,
    );
    setTimeout(() => this.abort(1), absent ? GRACE_MS : LONG_GRACE_MS);
  }

  // Whoever goes in the middle of the work takes the others along, which would wait for it for ever.
  #leave(code: number): void {
    if (code === 0 || (this.#users === 0 && this.#pending === 0)) this.library.finalize();
    else this.abort(code);
  }
}

function whoHangs(absent: readonly number[] | undefined): string {
  if (!absent) return 'one that does not say so too hangs';
  if (absent.length === 0) return 'all of them wait, so the network between them hangs';
  const workers = absent.length === 1 ? 'worker' : 'workers';
  return `${workers} ${absent.join(', ')} did not come to it: hung, or slower than that`;
}

let current: Promise<MpiJob> | undefined;

/** The job of this process, joined at the first call. */
export function mpiJob(library: string | undefined): Promise<MpiJob> {
  current ??= joinMpi(library).then((joined) => new MpiJob(joined));
  return current;
}
