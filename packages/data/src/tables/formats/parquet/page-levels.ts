import type { PageHeader } from 'hyparquet';
import { type ColumnLevels, numbersOf } from './pages.js';
import { RunReader } from './runs.js';

/** Levels of the numbers of a page. They hold until those of another page are read. */
export interface PageLevels {
  /** How far down the schema each number is there; absent where none is null. */
  readonly definition: Uint8Array | undefined;
  /** At which list of the schema each number goes on; absent where there is none. */
  readonly repetition: Uint8Array | undefined;
}

/** What levels are read to, whichever page they are of. */
const held = { repetition: new Uint8Array(0), definition: new Uint8Array(0) };

/** Levels that stand in front of the values of a page, each with its length, and where the values begin. */
export function levelsBefore(page: Uint8Array, header: PageHeader, most: ColumnLevels): PageLevels & { end: number } {
  const runs = new RunReader(page);
  const count = numbersOf(header);
  const repetition = most.repetition > 0 ? runs.withLength(() => readRepetition(runs, most, count)) : undefined;
  const definition = most.definition > 0 ? runs.withLength(() => readDefinition(runs, most, count)) : undefined;
  return { repetition, definition, end: runs.offset };
}

/** Levels whose lengths are in the header of a page of the second version. */
export function levelsOfSecond(page: Uint8Array, header: PageHeader, most: ColumnLevels): PageLevels & { end: number } {
  const second = header.data_page_header_v2!;
  const lengths = [second.repetition_levels_byte_length, second.definition_levels_byte_length] as const;
  if (!lengths.every((each) => each >= 0)) throw new Error(`levels of ${lengths.join(' and ')} bytes`);
  const [first, count] = [lengths[0], numbersOf(header)];
  return {
    repetition: most.repetition > 0 ? readRepetition(new RunReader(page), most, count) : undefined,
    definition: most.definition > 0 ? readDefinition(new RunReader(page, first), most, count) : undefined,
    end: first + lengths[1],
  };
}

function readRepetition(runs: RunReader, { repetition }: ColumnLevels, count: number): Uint8Array {
  return readLevels(runs, 'repetition', { most: repetition, count });
}

/** Undefined where one run says that all are there, as writers have it of columns without nulls. */
function readDefinition(runs: RunReader, { definition: most }: ColumnLevels, count: number): Uint8Array | undefined {
  return runs.areAll(most, bitsOf(most), count) ? undefined : readLevels(runs, 'definition', { most, count });
}

function readLevels(
  runs: RunReader,
  kind: keyof typeof held,
  { most, count }: { readonly most: number; readonly count: number },
): Uint8Array {
  if (held[kind].length < count) held[kind] = new Uint8Array(count);
  return runs.read(bitsOf(most), { numbers: held[kind].subarray(0, count), most });
}

function bitsOf(most: number): number {
  return 32 - Math.clz32(most);
}

/** The rows that begin in a page of a column of lists. */
export interface PageRows {
  /** [rows] where they end among the entries, with where the first begins in front. */
  readonly ends: Uint32Array;
  readonly entries: number;
  /** Entries that are not null. */
  readonly present: number;
}

/** Where rows end, whichever page they are of, until they are counted. */
let places = new Uint32Array(0);

/** The rows of a page by its levels, in one loop without a branch that is taken by chance. */
export function rowsByLevels(repetition: Uint8Array, definition: Uint8Array | undefined, most: ColumnLevels): PageRows {
  if (places.length <= repetition.length) places = new Uint32Array(repetition.length + 1);
  const ends = places;
  let [rows, absent, nulls] = [0, 0, 0];
  for (let i = 0; i < repetition.length; i++) {
    ends[rows] = i - absent; // of the row that begins here, or anew further on
    rows += isLess(repetition[i]!, 1);
    if (definition) {
      absent += isLess(definition[i]!, most.entry);
      nulls += isLess(definition[i]!, most.definition);
    }
  }
  const entries = repetition.length - absent;
  ends[rows] = entries;
  return { ends: ends.slice(0, rows + 1), entries, present: repetition.length - nulls };
}

/** How many levels are less than one. */
export function countLess(levels: Uint8Array, most: number): number {
  let count = 0;
  for (let i = 0; i < levels.length; i++) count += isLess(levels[i]!, most);
  return count;
}

/** 1 or 0. */
function isLess(level: number, other: number): number {
  return (level - other) >>> 31;
}
