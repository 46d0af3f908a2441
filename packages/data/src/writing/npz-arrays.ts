import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryPath, writeAll } from '@unfold-zoo/core/files';
import { arraysFolder } from '../draws/draw-files.js';
import type { AttributeValue } from '../files/hdf5/writer.js';
import type { Column } from '../files/raw-events.js';
import type { ArrayColumn, ArrayWriter, WritableFormat } from './array-writer.js';
import { METADATA, metadataText } from './metadata.js';
import { writeWholeFile } from './whole-file.js';
import { type ArchiveMember, writeStoredArchive } from './zip-archive.js';

/** An array that grows in a file of its own until all are put together. */
interface GrowingArray {
  readonly name: string;
  readonly file: string;
  readonly descriptor: number;
  readonly type: string;
  readonly rowShape: readonly number[];
  rows: number;
}

/** Arrays as members of an archive of NumPy, which stand there one after the other, each in one piece. */
class NpzArrays implements ArrayWriter {
  readonly #folder: string;
  readonly #arrays = new Map<string, GrowingArray>();
  readonly #columns = new Map<string, ArrayColumn>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  append(rows: number, columns: readonly ArrayColumn[]): void {
    for (const column of columns) {
      this.#columns.set(column.path, column);
      this.#append(column.path.slice(1), column.rowShape, rows, column.values);
    }
  }

  #append(name: string, rowShape: readonly number[], rows: number, values: Column): void {
    const array = this.#arrays.get(name) ?? this.#create(name, rowShape, values);
    writeAll(array.descriptor, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    array.rows += rows;
  }

  #create(name: string, rowShape: readonly number[], like: Column): GrowingArray {
    const file = join(this.#folder, `${this.#arrays.size}`);
    const array = { name, file, descriptor: openSync(file, 'w'), type: typeOf(like), rowShape, rows: 0 };
    this.#arrays.set(name, array);
    return array;
  }

  setAttributes(attributes: Readonly<Record<string, AttributeValue>>): void {
    const text = Buffer.from(metadataText(attributes, [...this.#columns.values()]));
    this.#append(METADATA, [], text.length, new Uint8Array(text));
  }

  members(): ArchiveMember[] {
    return [...this.#arrays.values()].map((array) => ({
      name: `${array.name}.npy`,
      head: npyHead(array),
      file: array.file,
    }));
  }

  close(): void {
    for (const { descriptor } of this.#arrays.values()) closeSync(descriptor);
  }
}

/** NumPy's names of types, by those of JavaScript. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ Float32Array: '<f4', Float64Array: '<f8' },
  ...{ Int8Array: '|i1', Int16Array: '<i2', Int32Array: '<i4', BigInt64Array: '<i8' },
  ...{ Uint8Array: '|u1', Uint16Array: '<u2', Uint32Array: '<u4', BigUint64Array: '<u8' },
};

function typeOf(values: Column): string {
  return TYPES[values.constructor.name]!;
}

/** What stands before the numbers of an array: version 1.0 of NumPy's format, a multiple of 64 bytes. */
function npyHead({ type, rowShape, rows }: GrowingArray): Uint8Array {
  const shape = `(${[rows, ...rowShape].join(', ')}${rowShape.length === 0 ? ',' : ''})`;
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = header.padEnd(Math.ceil((10 + header.length + 1) / 64) * 64 - 11);
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${padded}\n`, 'latin1');
  head.writeUInt16LE(head.length - 10, 8);
  return head;
}

/** Archives `.npz`, whose members are stored as they are. What is said of them is JSON in the member `metadata`. */
export const npzArrays: WritableFormat = {
  kind: 'npz',
  extensions: ['.npz'],
  write: (path, _, fill) =>
    writeWholeFile(path, async (temporary) => {
      const folder = temporaryPath(arraysFolder(path));
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      const writer = new NpzArrays(folder);
      try {
        await fill(writer);
        writeStoredArchive(temporary, writer.members());
      } finally {
        writer.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
};
