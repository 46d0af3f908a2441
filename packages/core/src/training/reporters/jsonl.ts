import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Reporter, type RunStart, type StepRecord, type ValidationRecord } from '../../contracts/training/reporter.js';
import { UserError } from '../../errors.js';
import { writeAll, writeFileAtomically } from '../../files/atomic-file.js';
import { asWriteError } from '../../files/system-errors.js';
import { component } from '../../plugin/plugin.js';

/** Name of the log in a run directory. */
export const METRICS_FILE = 'metrics.jsonl';

/** A line of the log. */
export type LogRecord = ({ readonly type: 'step' } & StepRecord) | ({ readonly type: 'validation' } & ValidationRecord);

/**
 * One JSON object a line for every step and validation, in `metrics.jsonl`. Each line is with the operating system
 * before the next step begins; a resumed run first drops what was logged after its checkpoint, so no step stands twice.
 */
class JsonlReporter implements Reporter {
  #file: number | undefined;
  #path = '';

  onStart({ directory, step }: RunStart): void {
    this.#path = join(directory, METRICS_FILE);
    const kept = step > 0 ? readLog(directory).filter((record) => record.step <= step) : [];
    writeFileAtomically(this.#path, ...kept.map((record) => `${JSON.stringify(record)}\n`));
    this.#orTellWhy(() => {
      this.#file = openSync(this.#path, 'a');
    });
  }

  onStep(record: StepRecord): void {
    this.#write({ type: 'step', ...record });
  }

  onValidation(record: ValidationRecord): void {
    this.#write({ type: 'validation', ...record });
  }

  onCheckpoint(): void {
    this.#orTellWhy((file) => file !== undefined && fsyncSync(file));
  }

  onEnd(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #write(record: LogRecord): void {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    this.#orTellWhy((file) => file !== undefined && writeAll(file, line));
  }

  #orTellWhy(work: (file: number | undefined) => void): void {
    try {
      work(this.#file);
    } catch (error) {
      throw asWriteError(this.#path, error);
    }
  }
}

/**
 * Reads the log of a run. A last line that a crash cut short is left out.
 * @param directory the folder of the run.
 * @throws UserError for a damaged line.
 */
export function readLog(directory: string): LogRecord[] {
  const path = join(directory, METRICS_FILE);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line, i) => parseRecord(line, `${path}:${i + 1}`));
}

function parseRecord(line: string, place: string): LogRecord {
  try {
    return JSON.parse(line) as LogRecord;
  } catch (error) {
    throw new UserError(`invalid ${place}: ${(error as Error).message}; remove the line`);
  }
}

/** The reporter `jsonl`: the log from which `readLog` reads. */
export const jsonlReporter = component(Reporter, 'jsonl', {
  description: 'Every step and validation as a line of JSON in metrics.jsonl of the run directory.',
  options: z.object({}),
  create: () => new JsonlReporter(),
});
