import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserError, Rng } from '@unfold-zoo/core';
import { same } from '../fixtures/data/sample-events.js';
import { checkpointReaders } from './checkpoint-readers.js';
import { folderReaders } from './folder-readers.js';
import { greetingReader } from './greeting-reader.js';
import { hdf5Readers } from './hdf5-readers.js';
import { measurementReaders } from './measurement-readers.js';
import type { Example, Reader } from './reader.js';
import { tableReaders } from './table-readers.js';
import { textReaders } from './text-readers.js';

/** Everything that is read from files, command lines and sockets. */
export const readers: readonly Reader[] = [
  ...hdf5Readers,
  ...tableReaders,
  ...checkpointReaders,
  ...textReaders,
  ...measurementReaders,
  ...folderReaders,
  greetingReader,
];

/** One damaged input. Its random numbers follow from these three alone. */
export interface Case {
  readonly seed: number;
  readonly reader: string;
  readonly number: number;
}

/** How a case ended; `failure` says what was wrong about it. */
export type Outcome = { readonly kind: 'read' | 'refused' } | { readonly kind: 'failed'; readonly failure: string };

/** Runs cases, each reader's on one example that is made with its first. */
export class CaseRunner implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'unfold-fuzz-'));
  readonly #examples = new Map<string, Example & { readonly expected: unknown }>();

  async run({ seed, reader: name, number }: Case): Promise<Outcome> {
    const reader = readers.find((each) => each.name === name);
    if (!reader) throw new Error(`unknown reader ${name}: expected one of ${readers.map((each) => each.name)}`);
    const { bytes, expected, read } = await this.#exampleOf(reader);
    const mutant = reader.mutation(bytes, new Rng(seed).fork(name).fork(String(number)));
    try {
      const value = await read(mutant);
      const isGood = !reader.hasChecksum || same(contentOf(value), contentOf(expected));
      return isGood ? { kind: 'read' } : { kind: 'failed', failure: 'damage was accepted: other values were read' };
    } catch (error) {
      if (isUserError(error)) return { kind: 'refused' };
      return { kind: 'failed', failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }

  async #exampleOf(reader: Reader): Promise<Example & { readonly expected: unknown }> {
    const made = this.#examples.get(reader.name);
    if (made) return made;
    const example = await reader.prepare(mkdtempSync(join(this.#folder, `${reader.name}-`)));
    const prepared = { ...example, expected: await example.read(example.bytes) };
    this.#examples.set(reader.name, prepared);
    return prepared;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A value with its maps as objects, whose entries can be compared. */
function contentOf(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, contentOf(each)]));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, contentOf(each)]));
}
