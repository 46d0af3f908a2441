import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case, Outcome } from './cases.js';

/** A case may take no longer, nor a process that has run cases more memory. */
const MOST_SECONDS = 10;
const MOST_BYTES = 1e9;
/** The first case of a process loads all libraries, on a machine that may be busy. */
const MOST_START_SECONDS = 60;

/** A process that runs cases, and is replaced by another one if it hangs, crashes or takes too much memory. */
export class WatchedProcess implements Disposable {
  /** Where its files are, which a process that is killed cannot remove. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'unfold-fuzz-'));
  #child: ChildProcess | undefined;

  async run(each: Case): Promise<Outcome> {
    const seconds = this.#child ? MOST_SECONDS : MOST_START_SECONDS;
    this.#child ??= fork(fileURLToPath(new URL('child.js', import.meta.url)), {
      execArgv: ['--expose-gc'],
      env: { ...process.env, TMPDIR: this.#folder, XDG_CACHE_HOME: this.#folder },
    });
    const outcome = await answerOf(this.#child, each, seconds);
    if (outcome.kind === 'failed') this.#kill();
    return outcome;
  }

  #kill(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  [Symbol.dispose](): void {
    this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

type Answer = Outcome & { readonly peakBytes: number };

function answerOf(child: ChildProcess, each: Case, seconds: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(outcome);
    };
    const fail = (failure: string): void => end({ kind: 'failed', failure });
    const timer = setTimeout(() => fail(`no answer within ${seconds} s`), 1000 * seconds);
    child.once('exit', (code, signal) => fail(`the process ended with ${signal ?? code}`));
    child.once('message', ({ peakBytes, ...outcome }: Answer) => {
      if (peakBytes > MOST_BYTES) fail(`the process took ${(peakBytes / 1e9).toFixed(1)} GB of memory`);
      else end(outcome);
    });
    child.send(each);
  });
}
