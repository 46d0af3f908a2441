import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ChartedRecord } from '@unfold-zoo/runs';
import { z } from 'zod';
import { fileInside } from './inside.js';

const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const losses = {
  stage: z.string(),
  step: z.number(),
  loss: number,
  terms: z.record(z.string(), number),
  monitored: z.record(z.string(), number).default({}),
};
const line = z.object({ type: z.enum(['step', 'validation']), ...losses });

/** Most bytes that are read at once: of a longer log, the rest comes with the next question. */
const MOST_BYTES = 32e6;

/** The log of a run that may still grow: only what is new is read. */
export class LossLog {
  readonly #folder: string;
  #records: ChartedRecord[] = [];
  #read = 0;
  #rest = '';

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes that were read. */
  get size(): number {
    return this.#read;
  }

  /** Every record so far; lines that are none are passed over. */
  update(): readonly ChartedRecord[] {
    const path = fileInside(this.#folder, 'metrics.jsonl');
    if (path === undefined) return [];
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      if (size < this.#read) [this.#records, this.#read, this.#rest] = [[], 0, ''];
      const fresh = Buffer.alloc(Math.min(size - this.#read, MOST_BYTES));
      const lines =
        `${this.#rest}${fresh.toString('utf8', 0, readSync(file, fresh, 0, fresh.length, this.#read))}`.split('\n');
      this.#read += fresh.length;
      this.#rest = lines.pop()!;
      for (const text of lines) this.#add(text);
      return this.#records;
    } finally {
      closeSync(file);
    }
  }

  #add(text: string): void {
    try {
      this.#records.push(line.parse(JSON.parse(text)));
    } catch {
      // A line that something else wrote.
    }
  }
}
