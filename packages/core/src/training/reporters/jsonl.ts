import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Reporter, type RunStart, type StepRecord, type ValidationRecord } from '../../contracts/training/reporter.js';
import { writeAll, writeFileAtomically } from '../../files/atomic-file.js';
import { readBytes } from '../../files/read-bytes.js';
import { numberOrNull, parseJson } from '../../files/read-json.js';
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
    const kept = step > 0 ? readLines(this.#path).filter(({ record }) => record.step <= step) : [];
    writeFileAtomically(this.#path, kept.map(({ text }) => `${text}\n`).join(''));
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
 * Reads the log of a run. A last line that a crash cut short is left out. Numbers that are not finite come back as NaN.
 * @param directory the folder of the run.
 * @throws UserError that names file and line for a damaged line.
 */
export function readLog(directory: string): LogRecord[] {
  return readLines(join(directory, METRICS_FILE)).map(({ record }) => record);
}

const losses = {
  stage: z.string(),
  step: z.int().min(0),
  loss: numberOrNull,
  terms: z.record(z.string(), numberOrNull),
  monitored: z.record(z.string(), numberOrNull),
};

const lineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('step'),
    ...losses,
    learningRate: numberOrNull,
    gradientNorms: z.record(z.string(), numberOrNull),
    eventsPerSecond: numberOrNull,
  }),
  z.object({ type: z.literal('validation'), ...losses }),
]);

/** Lines of the log at a path; none if it is not there. */
function readLines(path: string): { readonly text: string; readonly record: LogRecord }[] {
  if (!existsSync(path)) return [];
  // Line by line, because a text of all of a very long log is longer than texts can be.
  const bytes = readBytes(path, 'the log of a run');
  const lines: { text: string; record: LogRecord }[] = [];
  for (let start = 0, end = bytes.indexOf('\n'); end >= 0; start = end + 1, end = bytes.indexOf('\n', start)) {
    const text = bytes.toString('utf8', start, end);
    const place = `${path}:${lines.length + 1}`;
    lines.push({ text, record: parseJson(text, place, lineSchema, 'a line of the log of a run; remove the line') });
  }
  return lines;
}

/** The reporter `jsonl`: the log from which `readLog` reads. */
export const jsonlReporter = component(Reporter, 'jsonl', {
  description: 'Every step and validation as a line of JSON in metrics.jsonl of the run directory.',
  options: z.object({}),
  create: () => new JsonlReporter(),
});
