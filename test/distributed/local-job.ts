import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Ended, ending } from './ending.js';

// Compiled tests lie in test/dist/distributed.
export const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/unfold.js', import.meta.url));

/** A command that is under way, whose workers meet in folders of `cwd`. */
export interface LocalJob {
  readonly supervisor: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a script of Node as the leader of a group of processes. One that hangs is killed after two minutes. */
export function start(cwd: string, script: string, args: readonly string[]): LocalJob {
  const supervisor = spawn(process.execPath, [script, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    timeout: 120_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, TMPDIR: cwd },
  });
  return { supervisor, ended: ending(supervisor) };
}

/** The processes of a job's workers by rank. */
export function workersOf({ supervisor }: LocalJob): number[] {
  return childrenOf(supervisor.pid!);
}

/** The processes that one has started, oldest first. */
export function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(parent)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
    .sort((a, b) => a - b);
}

/** Waits until none of the processes is left; returns those that are after ten seconds. */
export async function survivors(processes: readonly number[]): Promise<readonly number[]> {
  const until = performance.now() + 10_000;
  for (;;) {
    const left = processes.filter(isAlive);
    if (left.length === 0 || performance.now() > until) return left;
    await delay(20);
  }
}

function isAlive(process_: number): boolean {
  try {
    return process.kill(process_, 0);
  } catch {
    return false;
  }
}

/** A new folder whose name has no symbolic links in it. */
export function newFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'unfold-workers-test-')));
}
