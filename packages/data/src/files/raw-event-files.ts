import type { CarriedColumns } from '@unfold-zoo/core/events';
import { carriedNames } from '../draws/carried-names.js';
import { carriedPath } from '../draws/draw-layout.js';
import { eventOpener } from '../mapping/event-opener.js';
import type { FileFormat } from '../tables/table-file.js';
import type { Topology } from '../topology/topology.js';
import { EventFiles } from './event-files.js';
import type { FilePaths } from './file-lists.js';
import type { FileOptions } from './file-options.js';
import type { RawEvents } from './raw-events.js';

/** How files of events are opened to be copied. */
export interface RawEventOptions extends Partial<Pick<FileOptions, 'mapping'>> {
  readonly topology: Topology;
  readonly format: FileFormat;
  /** Which of the tables of a file. */
  readonly table?: string | undefined;
  /** Columns with one number for each event that are kept below /event. */
  readonly carry?: readonly string[];
}

/** Events that go through memory at once. */
const BLOCK = 4096;

/** Events of files, which are read as one, in the layout of this package, whatever that of the files is. */
export class RawEventFiles {
  readonly #files: EventFiles;
  readonly #carry: readonly string[];
  readonly #names: readonly string[];

  private constructor(files: EventFiles, carry: readonly string[]) {
    this.#files = files;
    this.#carry = carry;
    this.#names = carriedNames(carry);
  }

  /** @throws UserError for files that cannot be opened, or lack what the topology needs; the truth may be missing. */
  static async open(paths: FilePaths, options: RawEventOptions): Promise<RawEventFiles> {
    const { topology, format, mapping, table, carry = [] } = options;
    const opener = eventOpener(format, { mapping, table }, topology);
    const files = await EventFiles.open(paths, topology, { truthOptional: true }, opener);
    return new RawEventFiles(files, carry);
  }

  /** Events in all. */
  get size(): number {
    return this.#files.size;
  }

  get hasTruth(): boolean {
    return this.#files.hasTruth;
  }

  /** What is in the files and not in the events, in sentences. */
  get losses(): readonly string[] {
    const { notes, files } = this.#files;
    const lost = files.flatMap(({ path, rows, size, unused }) => {
      const columns = unused.filter((name) => !this.#carry.includes(name));
      return [
        ...(size < rows ? [`${rows - size} of ${rows} events of ${path} are not selected`] : []),
        ...(columns.length > 0 ? [`columns of ${path} that are left out: ${listed(columns)}`] : []),
      ];
    });
    return [...notes, ...lost];
  }

  /** Events `start` to `start + count`, block by block. */
  async *blocks(start: number, count: number): AsyncGenerator<RawEvents> {
    for (let first = start; first < start + count; first += BLOCK)
      for (const part of this.#files.parts(first, Math.min(BLOCK, start + count - first))) {
        const raw = await part.file.read(part.start, part.count, { extras: true });
        const columns = await part.file.readColumns(this.#carry, part.start, part.count);
        yield { ...raw, extras: { ...raw.extras, ...this.#carried(columns) } };
      }
  }

  #carried(columns: CarriedColumns): NonNullable<RawEvents['extras']> {
    return Object.fromEntries(this.#names.map((name, i) => [carriedPath(name), columns[this.#carry[i]!]!]));
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}

/** Columns that a message names. */
const NAMED = 8;

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? `, ... (${names.length} in all)` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
