import { UserError } from '@unfold-zoo/core';
import type { AttributeValue } from '../files/hdf5/writer.js';
import type { IndexedDraws } from './draw-layout.js';
import { blocksOf, type ReadableDraws } from './read-draws.js';
import { writeDraws } from './write-draws.js';

/** Attributes in which parts of one drawing differ. */
const OF_PART: ReadonlySet<string> = new Set(['events', 'start']);

/** How files of draws are joined. */
export interface JoinOptions {
  /** Told how many events are written, after each block. @throws what ends the writing; there is no file then. */
  readonly onProgress?: (events: number) => void;
}

/**
 * Writes the draws of files that are parts of one drawing to one file, in the order of their events: what one drawing
 * for all of these events would have written. Of one file, a copy, in whatever format the name says.
 * @returns how many events it has.
 * @throws UserError for parts that do not fit: of another run, seed, sampler or input, or with events that are missing
 * or there twice.
 * @example
 * await joinDraws('draws.h5', [await readableDraws('part-1.h5'), await readableDraws('part-2.h5')]);
 */
export async function joinDraws(
  path: string,
  files: readonly ReadableDraws[],
  { onProgress }: JoinOptions = {},
): Promise<number> {
  const parts = await inOrder(files);
  const [first] = parts as [Part];
  for (const part of parts) checkSameDrawing(first.file, part.file);
  checkNeighbours(parts);
  const { particles, draws, hasTruth, hasWeights } = first.file;
  const events = parts.reduce((sum, { file }) => sum + file.events, 0);
  const attributes = { ...first.file.attributes(), events } as Readonly<Record<string, AttributeValue>>;
  const about = { particles, draws, truth: hasTruth, weights: hasWeights, events, attributes };
  await writeDraws(path, about, blocksOfAll(parts, onProgress));
  return events;
}

async function* blocksOfAll(
  parts: readonly Part[],
  onProgress: JoinOptions['onProgress'],
): AsyncGenerator<IndexedDraws> {
  let written = 0;
  for (const { file } of parts)
    for await (const block of blocksOf(file)) {
      yield block;
      written += block.size;
      onProgress?.(written);
    }
}

interface Part {
  readonly file: ReadableDraws;
  /** Numbers of its first event in the split, and of the one after its last. */
  readonly start: number;
  readonly end: number;
}

async function inOrder(files: readonly ReadableDraws[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const file of files) {
    const { index } = await file.read(0, 1);
    parts.push({ file, start: index[0]!, end: index[0]! + file.events });
  }
  return parts.sort((a, b) => a.start - b.start);
}

function checkSameDrawing(first: ReadableDraws, other: ReadableDraws): void {
  const [here, there] = [factsOf(first), factsOf(other)];
  const keys = [...new Set([...Object.keys(here), ...Object.keys(there)])];
  const key = keys.find((each) => !OF_PART.has(each) && here[each] !== there[each]);
  if (key === undefined) return;
  throw new UserError(
    `different ${key}: ${first.path} has ${here[key] ?? 'none'}, ${other.path} ${there[key] ?? 'none'}; ` +
      'parts of one drawing agree in all but their events',
  );
}

function factsOf(file: ReadableDraws): Readonly<Record<string, string>> {
  const { particles, draws, hasTruth, hasWeights, carried } = file;
  const carry = carried.toSorted();
  const facts = { ...file.attributes(), particles, draws, truth: hasTruth, weights: hasWeights, carried: carry };
  return Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, String(value)]));
}

function checkNeighbours(parts: readonly Part[]): void {
  for (const [i, { file, start }] of parts.entries()) {
    const before = parts[i - 1];
    if (!before || before.end === start) continue;
    const [what, from, to] =
      before.end < start
        ? ['missing', before.end, start - 1]
        : ['duplicate', start, Math.min(before.end, parts[i]!.end) - 1];
    throw new UserError(
      `${what} events ${from} to ${to}: ${before.file.path} has ${before.start} to ${before.end - 1}, ` +
        `${file.path} ${start} to ${parts[i]!.end - 1}; parts follow one another without gaps and overlaps`,
    );
  }
}
