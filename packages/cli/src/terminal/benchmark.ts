import { EXIT } from '@unfold-zoo/core/exit-codes';
import { terminalTable } from '@unfold-zoo/report';
import {
  type BenchmarkObserver,
  type BenchmarkResult,
  type BenchmarkRunOptions,
  duration,
  type Log,
  type OnProgress,
  ownRank,
} from '@unfold-zoo/runs';
import { withInterruption } from './interruption.js';
import { print } from './print.js';
import { progressEvents, writeEvent } from './progress/json-events.js';
import { withBar } from './progress/progress-bar.js';
import { ProgressBoard } from './progress/progress-board.js';
import type { Telling } from './run-steps.js';

/** Shows how the models of a benchmark get on, until Ctrl-C. */
export async function watchBenchmark(
  run: (watching: BenchmarkRunOptions) => Promise<BenchmarkResult>,
  { json = false }: Telling = {},
): Promise<BenchmarkResult> {
  if (json) return watchedByProgram(run);
  const board = new ProgressBoard();
  const tell = (text: string): void => {
    if (ownRank() === 0) board.note(text);
  };
  const bar = 'generating {bar} {value}/{total} events · {left} left';
  try {
    return await withInterruption(tell, (signal) =>
      withBar(bar, (onData) => run({ ...board.observer, onData, signal })),
    );
  } finally {
    board.stop();
  }
}

/** The same, told to a program. */
function watchedByProgram(run: (watching: BenchmarkRunOptions) => Promise<BenchmarkResult>): Promise<BenchmarkResult> {
  const note = (text: string): void => writeEvent({ event: 'message', level: 'info', text: text.trim() });
  const tellers = new Map<string, OnProgress>();
  const tellerOf = (label: string): OnProgress => {
    const teller = tellers.get(label) ?? progressEvents(label);
    tellers.set(label, teller);
    return teller;
  };
  const observer: BenchmarkObserver = {
    onStart: (label, place) => writeEvent({ event: 'start', label, ...(place !== undefined && { place }) }),
    onProgress: (label, progress) => tellerOf(label)(progress),
    onEnd: (label) => writeEvent({ event: 'end', label }),
    onNote: note,
  };
  return withInterruption(note, (signal) => run({ ...observer, onData: progressEvents('data'), signal }));
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
