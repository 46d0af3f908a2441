import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

const LOG_LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warn) /;

/** What a training on several workers has left, and what it printed. */
export interface SharedTraining {
  readonly run: string;
  readonly world: number;
  readonly steps: number;
  readonly output: string;
}

/** Every worker keeps a log, which begins with how they are joined, and the terminal gets that of the first alone. */
export function haveLogs(t: ExecutionContext, { run, world, steps, output }: SharedTraining, joined: RegExp): void {
  t.is(output.match(/engine: native/g)?.length, 1, output);
  const names = readdirSync(run).filter((name) => name.endsWith('.log'));
  const others = Array.from({ length: world - 1 }, (_, i) => `run.rank-${i + 1}.log`);
  t.deepEqual(names.sort(), ['run.log', ...others]);
  for (const name of names) {
    const lines = readFileSync(join(run, name), 'utf8').trimEnd().split('\n');
    t.regex(lines[0]!, LOG_LINE, name);
    t.regex(lines[0]!, joined, name);
    t.regex(lines[1]!, /info engine: native/, name);
    t.true(lines.at(-1)!.includes(`trained: ${steps} steps`), name);
  }
}
