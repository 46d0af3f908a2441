import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type EventSpec, UserError } from '@unfold-zoo/core';
import { bytesOf, readBytes, readJson, sha256, writeFileAtomically } from '@unfold-zoo/core/files';
import { z } from 'zod';
import type { AttributeValue } from '../files/hdf5/writer.js';
import type { Column } from '../files/raw-events.js';
import { MANIFEST, partsFolder, removeParts } from './draw-files.js';
import { type DrawField, type DrawnEvents, type DrawShape, drawFields, type IndexedDraws } from './draw-layout.js';
import { DrawFile } from './open-draws.js';
import { writeDraws } from './write-draws.js';

/** What a run of sampling is going to draw. */
export interface DrawPlan {
  readonly spec: EventSpec;
  /** Events in all. */
  readonly events: number;
  /** Number of the first event in its split. Default 0. */
  readonly start?: number;
  /** Draws per event. */
  readonly draws: number;
  /** Whether the truth of the events is known and kept. */
  readonly truth: boolean;
  /** Whether the events have weights, which are kept. */
  readonly weights: boolean;
  /**
   * What else decides the numbers, e.g. seed, source and a hash of the checkpoint: a resumed run must have the same.
   */
  readonly identity: Readonly<Record<string, string | number>>;
  /** Kept in the file beside `identity`, e.g. the model and versions. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Reads what is carried from the input into the draws of events `start` to `start + count` of a split. */
export type CarryColumns = (start: number, count: number) => Promise<Readonly<Record<string, Column>>>;

/**
 * A stored portion: a file of its draws, truth and weights one after the other, in float32, and their SHA-256, which
 * parts of older versions do not have.
 */
interface Part {
  readonly file: string;
  readonly first: number;
  readonly size: number;
}

/**
 * Collects the draws of a long run so that nothing done is lost and nothing half done is seen.
 *
 * Each `append` is a file of its own in `<path>.parts`, flushed before it counts, so a run that was killed goes on from
 * `done`. `finish` puts the parts together under a temporary name, renames it and removes them; where a process was
 * killed before they were gone, the next one that opens the store removes them and is `done`. Memory is that of one
 * portion. Several processes may `write` to one store; the one that has opened it is told to `count` their portions.
 */
export class DrawStore {
  readonly path: string;
  readonly #plan: DrawPlan;
  readonly #fields: readonly DrawField[];
  readonly #folder: string;
  readonly #parts: Part[];
  #done: number;
  /** Whether the file itself is there. */
  #isFinished = false;
  /** Whether this process has made the folder of the parts; it may not be seen yet on other machines. */
  #hasMadeFolder = false;

  private constructor(path: string, plan: DrawPlan, parts: Part[]) {
    this.path = path;
    this.#plan = plan;
    this.#fields = drawFields(shapeOf(plan));
    this.#folder = partsFolder(path);
    this.#parts = parts;
    this.#done = parts.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Opens the store of a plan, new or where another process left it.
   * @throws UserError if there is a finished file without parts, or parts of a run with another plan.
   */
  static open(path: string, plan: DrawPlan): DrawStore {
    const folder = partsFolder(path);
    const manifest = join(folder, MANIFEST);
    if (existsSync(manifest)) checkSameRun(folder, manifest, plan);
    else if (existsSync(path)) throw new UserError(`duplicate draws: ${path} exists; remove it or choose another name`);
    else {
      // Parts without a manifest are what is left of others that were being removed.
      removeParts(path);
      writeFileAtomically(manifest, `${JSON.stringify(identityOf(plan), null, 2)}\n`);
    }
    if (existsSync(path)) return DrawStore.#finished(path, plan);
    const store = new DrawStore(path, plan, []);
    store.#hasMadeFolder = true;
    store.#parts.push(...leadingParts(folder, (part) => store.#isWhole(part)));
    store.#done = store.#parts.reduce((sum, { size }) => sum + size, 0);
    return store;
  }

  // The file is given its name before its parts are removed.
  static #finished(path: string, plan: DrawPlan): DrawStore {
    removeParts(path);
    const store = new DrawStore(path, plan, []);
    store.#done = plan.events;
    store.#isFinished = true;
    return store;
  }

  /**
   * What is there of the draws of a plan: all of them, a part that sampling can go on with, draws of another plan, or
   * nothing.
   * @throws UserError for a file or parts that cannot be read.
   */
  static async find(path: string, plan: DrawPlan): Promise<'all' | 'part' | 'other' | 'nothing'> {
    const manifest = join(partsFolder(path), MANIFEST);
    const isPart = existsSync(manifest);
    if (!isPart && !existsSync(path)) return 'nothing';
    const here = identityOf(plan);
    const there = isPart ? readIdentity(manifest) : await identityOfFile(path, here);
    if (differences(there, here).length > 0) return 'other';
    return isPart ? 'part' : 'all';
  }

  /** The store that another process has opened with the same plan, to `write` to. */
  static openedByAnother(path: string, plan: DrawPlan): DrawStore {
    return new DrawStore(path, plan, []);
  }

  /** How many events are stored: sampling goes on with this one. */
  get done(): number {
    return this.#done;
  }

  /** Stores the draws of the next events; they are on disk when this returns. */
  append(events: DrawnEvents): void {
    const first = this.#done;
    this.write(first, events);
    this.count(events.size);
  }

  /** Stores the draws of the events from `first` on; they are on disk when this returns, but do not `count` yet. */
  write(first: number, events: DrawnEvents): void {
    if (first + events.size > this.#plan.events) {
      throw new RangeError(`invalid draws: expected ${this.#plan.events - first} more events, got ${events.size}`);
    }
    const bytes = this.#fields.map((field) => {
      const values = events[field.key];
      const expected = events.size * field.width;
      if (values?.length === expected) return bytesOf(values);
      throw new RangeError(`invalid ${field.key}: expected ${expected} numbers, got ${values?.length ?? 'none'}`);
    });
    if (this.#hasMadeFolder && !existsSync(this.#folder)) {
      throw new UserError(`missing ${this.#folder}: it was removed or renamed while events were drawn for; draw again`);
    }
    writeFileAtomically(this.#file(first, events.size), ...bytes, checksumOf(bytes));
  }

  /** Counts the next `size` events, which somebody has written as one portion. */
  count(size: number): void {
    this.#parts.push({ file: this.#file(this.#done, size), first: this.#done, size });
    this.#done += size;
  }

  #file(first: number, size: number): string {
    return join(this.#folder, `events-${String(first).padStart(10, '0')}-${size}.part`);
  }

  /**
   * Makes the file out of the parts, which must be complete.
   * @param carry what is kept beside the draws of events `start` to `start + count` of their split, by name, [count].
   */
  async finish(carry?: CarryColumns): Promise<void> {
    const { events, spec, attributes } = this.#plan;
    if (this.#isFinished) return;
    if (this.#done !== events) throw new RangeError(`missing draws: expected ${events} events, got ${this.#done}`);
    const about = { ...attributes, ...identityOf(this.#plan), spec: JSON.stringify(spec) };
    await writeDraws(this.path, { ...shapeOf(this.#plan), events, attributes: about }, this.#blocks(carry));
    removeParts(this.path);
  }

  async *#blocks(carry: CarryColumns | undefined): AsyncGenerator<IndexedDraws> {
    for (const part of this.#parts) {
      const start = (this.#plan.start ?? 0) + part.first;
      const index = Int32Array.from({ length: part.size }, (_, i) => start + i);
      const carried = await carry?.(start, part.size);
      yield { size: part.size, ...this.#arrays(part), index, ...(carried && { carried }) };
    }
  }

  /** The arrays of a part, which stand one after the other in its file. */
  #arrays(part: Part): Omit<DrawnEvents, 'size'> {
    const values = this.#read(part);
    let offset = 0;
    const arrays = this.#fields.map(({ key, width }) => {
      const start = offset;
      offset += part.size * width;
      return [key, values.subarray(start, offset)];
    });
    return Object.fromEntries(arrays) as Omit<DrawnEvents, 'size'>;
  }

  #read(part: Part): Float32Array {
    const bytes = readBytes(part.file, 'a part of the draws');
    const length = this.#lengthOf(part);
    const numbers = bytes.subarray(0, length);
    const isGood = bytes.length === length || checksumOf([numbers]).equals(bytes.subarray(length));
    if (isGood && numbers.length === length) return new Float32Array(bytes.buffer, 0, length / NUMBER_BYTES);
    // Nobody can mend it, and what is not there is drawn again.
    rmSync(part.file);
    throw new UserError(
      (option) =>
        `damaged ${part.file}: its bytes are not those that were written; it was removed, and sampling with ` +
        `${option('resume')} draws again for its events`,
    );
  }

  /** Bytes of the numbers of a part. */
  #lengthOf({ size }: Part): number {
    return this.#fields.reduce((sum, { width }) => sum + size * width, 0) * NUMBER_BYTES;
  }

  // One of another length was cut short by a full disk or a crash.
  #isWhole(part: Part): boolean {
    const { size } = statSync(part.file);
    return size === this.#lengthOf(part) || size === this.#lengthOf(part) + CHECKSUM_BYTES;
  }
}

const NUMBER_BYTES = Float32Array.BYTES_PER_ELEMENT;
const CHECKSUM_BYTES = 32;

/** [32] SHA-256 of the numbers of a part. */
function checksumOf(parts: readonly Uint8Array[]): Buffer {
  return Buffer.from(sha256(parts), 'hex');
}

function shapeOf({ spec, draws, truth, weights }: DrawPlan): DrawShape {
  return { particles: spec.particles.map(({ name }) => name), draws, truth, weights };
}

type Identity = Readonly<Record<string, string | number>>;

function identityOf({ spec, events, start = 0, draws, truth, weights, identity }: DrawPlan): Identity {
  const known = { truth: truth ? 'known' : 'unknown', weights: weights ? 'kept' : 'none' };
  return { ...identity, topology: spec.name, events, start, draws, ...known };
}

function checkSameRun(folder: string, manifest: string, plan: DrawPlan): void {
  const there = readIdentity(manifest);
  const here = identityOf(plan);
  const [key] = differences(there, here);
  if (key === undefined) return;
  throw new UserError(
    `invalid ${folder}: it holds part of another run, whose ${key} is ${there[key] ?? 'not set'} and not ` +
      `${here[key] ?? 'unset'}; finish that run with its own options, or remove the folder`,
  );
}

function differences(there: Identity, here: Identity): string[] {
  const keys = new Set([...Object.keys(there), ...Object.keys(here)]);
  return [...keys].filter((key) => there[key] !== here[key]);
}

/** What a finished file says of its draws, by the keys of what they should be of. */
async function identityOfFile(path: string, like: Identity): Promise<Identity> {
  const file = await DrawFile.open(path);
  try {
    const said = file.attributes();
    return identitySchema.parse(Object.fromEntries(Object.keys(like).map((key) => [key, said[key] ?? 'unknown'])));
  } finally {
    file.close();
  }
}

function readIdentity(manifest: string): Identity {
  const what = 'what the parts beside it are of; remove their folder, and draw again';
  return readJson(manifest, identitySchema, what);
}

const identitySchema = z.record(z.string(), z.union([z.string(), z.number()]));

/** The whole parts without a gap from the first event on. What follows a gap is removed: it will be drawn again. */
function leadingParts(folder: string, isWhole: (part: Part) => boolean): Part[] {
  const parts = readdirSync(folder).flatMap((name) => {
    const found = /^events-(\d+)-(\d+)\.part$/.exec(name);
    return found ? [{ file: join(folder, name), first: Number(found[1]), size: Number(found[2]) }] : [];
  });
  parts.sort((a, b) => a.first - b.first);
  let next = 0;
  return parts.filter((part) => {
    if (part.first !== next || !isWhole(part)) rmSync(part.file);
    else next += part.size;
    return part.first + part.size === next;
  });
}
