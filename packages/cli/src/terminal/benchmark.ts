import { EXIT } from '@unfold-zoo/core/exit-codes';
import { terminalTable } from '@unfold-zoo/report';
import { type BenchmarkResult, type BenchmarkRunOptions, duration, type Log } from '@unfold-zoo/runs';
import { withInterruption } from './interruption.js';
import { print } from './print.js';
import { withBar } from './progress-bar.js';
import { ProgressBoard } from './progress-board.js';

/** Shows how the models of a benchmark get on, until Ctrl-C. */
export async function watchBenchmark(
  run: (watching: BenchmarkRunOptions) => Promise<BenchmarkResult>,
): Promise<BenchmarkResult> {
  const board = new ProgressBoard();
  const tell = (text: string): void => board.note(text);
  const bar = 'generating {bar} {value}/{total} events · {left} left';
  try {
    return await withInterruption(tell, (signal) =>
      withBar(bar, (onData) => run({ ...board.observer, onData, signal })),
    );
  } finally {
    board.stop();
  }
}

const CODES = { finished: EXIT.ok, failed: EXIT.failed, interrupted: EXIT.interrupted } as const;

/** Prints the ranking and what failed; returns the exit code. */
export function printBenchmark(result: BenchmarkResult, log: Log): number {
  const { outcome, finished, failed, ranking, findings, page, seconds } = result;
  if (ranking) {
    print(`\n${terminalTable(ranking)}\n`);
    if (findings) print(`${terminalTable(findings)}\n`);
    log.info(`benchmark: ${finished.length} trainings in ${duration(seconds)}`);
    log.info(`report: ${page}`);
  }
  for (const { label, reason } of failed) log.warn(`${label} failed: ${reason}`);
  return CODES[outcome];
}
