import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

// Compiled tests lie in test/dist/cli.
const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/unfold.js', import.meta.url));

/** How a process of the command line ended. */
export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `unfold <args>` in a folder. One that hangs is killed after two minutes. */
export function start(cwd: string, args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  return { child, ended };
}

/** Runs `unfold <args>` in a folder to its end. */
export function unfold(cwd: string, ...args: readonly string[]): Promise<Ended> {
  return start(cwd, args).ended;
}

/** Runs `unfold <args>`, which must succeed. */
export async function succeeds(t: ExecutionContext, cwd: string, ...args: readonly string[]): Promise<Ended> {
  const ended = await unfold(cwd, ...args);
  t.is(ended.code, 0, `unfold ${args.join(' ')}\n${ended.stderr}`);
  return ended;
}

/**
 * Runs `unfold <args>`, which must be refused as a mistake of the user's, with exactly one message and no stack trace.
 */
export async function refuses(
  t: ExecutionContext,
  cwd: string,
  args: readonly string[],
  message: RegExp,
): Promise<Ended> {
  const ended = await unfold(cwd, ...args);
  const { code, stdout, stderr } = ended;
  const what = `unfold ${args.join(' ')}\n${stderr}`;
  t.is(code, 2, what);
  t.is(stdout, '', what);
  t.notRegex(stderr, /^ {4}at /m, what);
  t.regex(stderr, message, what);
  return ended;
}

/** A new folder whose name has no symbolic links in it. */
export function newFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'unfold-cli-')));
}
