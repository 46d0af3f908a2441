import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '@unfold-zoo/cli';
import type { ExecutionContext } from 'ava';

// Compiled tests lie in test/dist/cli.
/** The program, for those who start it otherwise. */
export const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/unfold.js', import.meta.url));

/** How a process of the command line ended. */
export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts `unfold <args>` in a folder, in a process of its own, for tests of signals, of the end of a process, or of two
 * at once. One that hangs is killed after two minutes.
 */
export function start(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd,
    env: { ...process.env, ...env },
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

/** The last command in this process; the next waits for it. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `unfold <args>` in a folder to its end, in this process, which takes a tenth of the time that one of its own
 * would. Commands have the working directory, the output and the exit code of the process one after the other.
 */
export function unfold(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const ended = last.then(() => runHere(cwd, args));
  last = ended.catch(() => undefined);
  return ended;
}

async function runHere(cwd: string, args: readonly string[]): Promise<Ended> {
  const before = { cwd: process.cwd(), exitCode: process.exitCode };
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  process.exitCode = undefined;
  try {
    process.chdir(cwd);
    await main([process.execPath, COMMAND, ...args]);
    return { code: Number(process.exitCode ?? 0), signal: null, stdout: stdout.text, stderr: stderr.text };
  } finally {
    process.chdir(before.cwd);
    process.exitCode = before.exitCode;
    stdout.release();
    stderr.release();
  }
}

/** Keeps what is written to a stream until it is released. */
function capture(stream: NodeJS.WriteStream): { readonly text: string; release(): void } {
  const { write } = stream;
  const captured = {
    text: '',
    release: () => {
      stream.write = write;
    },
  };
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    captured.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  return captured;
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
