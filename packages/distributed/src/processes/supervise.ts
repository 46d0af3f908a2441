import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import { socketRoot } from './mesh.js';
import { STOP_SIGNALS, type WorkerMessage, workerEnvironment } from './supervised.js';

/** Workers that end together do so within this time; whoever is left then has been left behind. */
const GRACE_MILLISECONDS = 1000;

/**
 * Runs this very command again in `workers` processes and returns their common exit code when all have ended. When one
 * fails alone, the others would wait for it for ever, so they are ended and it is said which one failed and how.
 */
export async function supervise(workers: number): Promise<number> {
  const meeting = meetingPlace();
  try {
    return await new Job(workers, meeting).run();
  } finally {
    if (process.platform !== 'win32') rmSync(meeting, { recursive: true, force: true });
  }
}

function meetingPlace(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\unfold-workers-${randomBytes(8).toString('hex')}`;
  return mkdtempSync(join(socketRoot(), 'unfold-workers-'));
}

/** How a worker ended. */
interface End {
  readonly rank: number;
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

class Job {
  readonly #workers: readonly ChildProcess[];
  readonly #ended: Promise<End>[];
  /** Resolved when a worker reports what stops all. */
  readonly #fault: Promise<string>;
  /** Resolved when a worker has ended and not well. */
  readonly #badEnd: Promise<End>;
  #isStopping = false;
  #isFailed = false;
  #isOver = false;
  #advice = '';

  constructor(workers: number, meeting: string) {
    const cores = coresOfEach(workers);
    const secret = randomBytes(16).toString('hex');
    this.#workers = Array.from({ length: workers }, (_, rank) =>
      startWorker(cores, workerEnvironment({ rank, world: workers, meeting, secret })),
    );
    this.#ended = this.#workers.map(endOf);
    this.#fault = new Promise((resolve) => {
      for (const [rank, worker] of this.#workers.entries()) {
        worker.on('message', (message: WorkerMessage) => this.#hear(rank, message, resolve));
      }
    });
    this.#badEnd = new Promise((resolve) => {
      for (const ended of this.#ended) void ended.then((end) => end.code !== 0 && resolve(end));
    });
  }

  async run(): Promise<number> {
    const signals = this.#catchSignals();
    try {
      return await Promise.race([this.#outcome(), this.#fault.then((what) => this.#fail(what, 1))]);
    } finally {
      this.#kill();
      await Promise.all(this.#ended);
      this.#isOver = true;
      signals.release();
    }
  }

  #hear(rank: number, message: WorkerMessage, fault: (what: string) => void): void {
    if (message?.unfold === 'stop') this.#stop();
    // It did not listen yet when all were asked to stop.
    else if (message?.unfold === 'ready') this.#isStopping && this.#tellToStop(this.#workers[rank]!);
    else if (message?.unfold === 'advice') this.#advice = message.what;
    else if (message?.unfold === 'fault') fault(message.what);
    else if (rank === 0 && process.connected) process.send!(message, undefined, {}, () => {});
  }

  /** The code of all, if they end together. */
  async #outcome(): Promise<number> {
    const first = await Promise.race([this.#badEnd, Promise.all(this.#ended).then(() => undefined)]);
    if (!first) return 0;
    if (first.signal === null && (await this.#endAlike(first.code))) return first.code;
    if (this.#isStopping && first.signal !== 'SIGKILL') return EXIT.interrupted;
    return this.#fail(`worker ${first.rank} of ${this.#workers.length} ${howItEnded(first)}`, first.code);
  }

  async #endAlike(code: number): Promise<boolean> {
    const ends = await Promise.race([Promise.all(this.#ended), delay(GRACE_MILLISECONDS, undefined, { ref: false })]);
    return ends?.every((end) => end.code === code) ?? false;
  }

  #fail(what: string, code: number): number {
    if (this.#isFailed) return code;
    this.#isFailed = true;
    this.#kill();
    process.stderr.write(`\n${what}; the other workers were ended${this.#advice && `; ${this.#advice}`}\n`);
    return code;
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const worker of this.#workers) this.#tellToStop(worker);
  }

  #tellToStop(worker: ChildProcess): void {
    worker.send({ unfold: 'stop' } satisfies WorkerMessage, () => {});
  }

  #kill(): void {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  // The first Ctrl-C stops in order, the second at once. Workers may have asked for a stop already: a terminal sends
  // Ctrl-C to all of them.
  #catchSignals(): { release(): void } {
    let signals = 0;
    const onSignal = (): void => {
      if (++signals > 1) process.exit(EXIT.interrupted);
      this.#stop();
    };
    const onExit = (): void => {
      if (!this.#isOver) this.#kill();
    };
    for (const name of STOP_SIGNALS) process.on(name, onSignal);
    process.on('exit', onExit);
    return {
      release: () => {
        for (const name of STOP_SIGNALS) process.off(name, onSignal);
        process.off('exit', onExit);
      },
    };
  }
}

// Engines that compute on all cores take OpenMP's variable as the number of threads. A worker with one core collects
// its garbage there as well: threads of its own for that would take their time from another worker, and more of it.
function startWorker(cores: number, environment: Record<string, string>): ChildProcess {
  const flags = cores === 1 ? ['--single-threaded-gc'] : [];
  return spawn(process.execPath, [...process.execArgv, ...flags, ...process.argv.slice(1)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, OMP_NUM_THREADS: `${cores}`, ...environment },
  });
}

function endOf(worker: ChildProcess, rank: number): Promise<End> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code, signal) => {
      resolve({ rank, signal, code: code ?? 128 + constants.signals[signal!] });
    });
  });
}

function howItEnded({ code, signal }: End): string {
  if (signal === 'SIGKILL') return 'was killed by SIGKILL (perhaps the memory ran out)';
  return signal ? `was killed by ${signal}` : `ended with code ${code}`;
}

/** The processor cores of each worker. */
function coresOfEach(workers: number): number {
  const given = Number(process.env['OMP_NUM_THREADS']);
  const cores = Number.isSafeInteger(given) && given >= 1 ? given : availableParallelism();
  return Math.max(1, Math.floor(cores / workers));
}
