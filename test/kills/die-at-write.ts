// Loaded before a program: counts its steps that change files, and ends it at one of them as SIGKILL does.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What is done to a program and all processes that it starts, in their environment as JSON. */
export interface WriteSteps {
  /** Each process is killed before its step of this number, counted from 1; never if absent. */
  readonly killAt?: number;
  /** Whether half of what the step writes is written before. */
  readonly half?: boolean;
  /** A file to which each process that comes to its end adds its number of steps, one a line. */
  readonly counts?: string;
}

/** Name of the environment variable. */
export const WRITE_STEPS = 'UNFOLD_TEST_WRITE_STEPS';

type Call = (...given: unknown[]) => unknown;
type Functions = Record<string, Call>;

/** Functions that change files; `open` if it opens for writing. */
const CHANGES: readonly string[] = [
  ...['open', 'write', 'writev', 'writeFile', 'appendFile', 'truncate', 'ftruncate', 'fsync', 'fdatasync'],
  ...['rename', 'copyFile', 'cp', 'link', 'symlink', 'unlink', 'rm', 'rmdir', 'mkdir', 'mkdtemp'],
  ...['chmod', 'fchmod', 'utimes', 'futimes'],
];

/** Files without an end that follows from the program: its output and its errors. */
const STANDARD_STREAMS: readonly unknown[] = [1, 2];

if (process.env[WRITE_STEPS] !== undefined) countSteps(JSON.parse(process.env[WRITE_STEPS]) as WriteSteps);

function countSteps({ killAt, half = false, counts }: WriteSteps): void {
  let done = 0;
  const { appendFileSync } = fs;
  const step = (name: string, call: Call, given: unknown[]): void => {
    if (!isChange(name, given)) return;
    done++;
    if (done !== killAt) return;
    const part = half ? firstHalf(name, given) : undefined;
    if (part) call(...part);
    process.kill(process.pid, 'SIGKILL');
  };
  for (const name of CHANGES) {
    for (const [functions, key] of [
      [fs, `${name}Sync`],
      [fs, name],
      [fs.promises, name],
    ] as unknown as [Functions, string][]) {
      const call = functions[key];
      if (!call) continue;
      functions[key] = (...given) => {
        step(key, call, given);
        return call(...given);
      };
    }
  }
  syncBuiltinESMExports();
  if (counts !== undefined) process.on('exit', () => appendFileSync(counts, `${done}\n`));
}

function isChange(name: string, [first, second]: readonly unknown[]): boolean {
  if (STANDARD_STREAMS.includes(first)) return false;
  if (!name.startsWith('open')) return true;
  const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = fs.constants;
  if (typeof second === 'number') return (second & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) !== 0;
  return typeof second === 'string' && second !== 'r' && second !== 'rs';
}

/** What to give to write only a first half; undefined for a step that does not write or cannot be halved. */
function firstHalf(name: string, given: readonly unknown[]): unknown[] | undefined {
  const [where, content, ...others] = given;
  const middle = (length: number): number => Math.floor(length / 2);
  if (name === 'writeFileSync' || name === 'appendFileSync') {
    const bytes = bytesOf(content);
    return bytes && [where, bytes.subarray(0, middle(bytes.length))];
  }
  if (name !== 'writeSync') return undefined;
  if (typeof content === 'string') return [where, content.slice(0, middle(content.length))];
  const [offset = 0, length = (content as Uint8Array).byteLength - (offset as number), position] = others;
  return [where, content, offset, middle(length as number), position];
}

function bytesOf(content: unknown): Uint8Array | undefined {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? content : undefined;
}
