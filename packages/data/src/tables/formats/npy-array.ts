import { UserError } from '@unfold-zoo/core';
import { numbersOf } from '../../files/hdf5/number-types.js';
import type { Column } from '../../files/raw-events.js';
import type { ByteRanges } from '../file-bytes.js';
import { fieldOfRecords } from '../record-bytes.js';
import type { ColumnBlock, TableColumn } from '../table-file.js';
import { type NpyField, type NpyHeader, readNpyHeader } from './npy-header.js';

/** An array as NumPy stores it, of which rows are read. One of records has a column for each field. */
export class NpyArray {
  readonly columns: readonly TableColumn[];
  readonly #bytes: ByteRanges;
  readonly #header: NpyHeader;
  readonly #what: string;

  private constructor(bytes: ByteRanges, header: NpyHeader, name: string, what: string) {
    this.#bytes = bytes;
    this.#header = header;
    this.#what = what;
    this.columns = header.fields.map((field) => columnOf(header, field, name));
  }

  /**
   * @param name of the column; that of a field of records stands behind it, or alone where this is empty.
   * @param what the array is called in messages.
   * @param alone whether nothing may stand behind the array, as in an archive.
   * @throws UserError for what is no array, is truncated, or holds pickled objects.
   */
  static async open(bytes: ByteRanges, name: string, what: string, alone = false): Promise<NpyArray> {
    const header = await readNpyHeader(bytes, what);
    const needed = header.start + header.itemSize * header.shape.reduce((product, length) => product * length, 1);
    if (needed > bytes.size) {
      throw new UserError(`damaged ${what}: it is truncated; it should have ${needed} bytes and has ${bytes.size}`);
    }
    if (alone && needed < bytes.size)
      throw new UserError(`damaged ${what}: its array takes ${needed} bytes, and it has ${bytes.size}`);
    return new NpyArray(bytes, header, name, what);
  }

  /** Rows of a column, by its place among the columns. */
  async read(place: number, start: number, count: number): Promise<ColumnBlock> {
    const field = this.#header.fields[place]!;
    if (field.problem) throw new UserError(`invalid ${this.#what}: ${field.problem}`);
    const bytes = this.#header.isFortran ? await this.#fortranRows(start, count) : await this.#rows(start, count);
    return { values: decode(this.#fieldBytes(bytes, field), field) };
  }

  get #rowItems(): number {
    return this.#header.shape.slice(1).reduce((product, length) => product * length, 1);
  }

  #rows(start: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const { start: first, itemSize } = this.#header;
    const rowBytes = itemSize * this.#rowItems;
    return this.#bytes.read(first + start * rowBytes, count * rowBytes);
  }

  /** In Fortran's order the first axis runs fastest: what stands at one place of all rows is stored together. */
  async #fortranRows(start: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const { start: first, itemSize, shape } = this.#header;
    const rows = new Uint8Array(count * itemSize * this.#rowItems);
    for (let item = 0; item < this.#rowItems; item++) {
      const stored = fortranPlace(item, shape.slice(1));
      const column = await this.#bytes.read(first + (stored * shape[0]! + start) * itemSize, count * itemSize);
      for (let row = 0; row < count; row++) {
        const value = column.subarray(row * itemSize, (row + 1) * itemSize);
        rows.set(value, (row * this.#rowItems + item) * itemSize);
      }
    }
    return rows;
  }

  /** The bytes of one field of every item. */
  #fieldBytes(bytes: Uint8Array<ArrayBuffer>, { offset, size, length }: NpyField): Uint8Array<ArrayBuffer> {
    return fieldOfRecords(bytes, this.#header.itemSize, { offset, width: size * length });
  }
}

function columnOf({ shape }: NpyHeader, field: NpyField, name: string): TableColumn {
  return {
    name: [name, field.name].filter((part) => part !== '').join('.') || 'values',
    type: field.type,
    length: shape[0] ?? 1,
    shape: [...shape.slice(1), ...field.shape],
    ...(field.problem && { problem: field.problem }),
  };
}

/** Where the item of a row, counted with the last axis fastest, stands when the first axis is fastest. */
function fortranPlace(item: number, shape: readonly number[]): number {
  let rest = item;
  const places = [...shape].reverse().map((length) => {
    const place = rest % length;
    rest = Math.floor(rest / length);
    return place;
  });
  return places.reduce((stored, place, i) => stored * shape[shape.length - 1 - i]! + place, 0);
}

function decode(bytes: Uint8Array<ArrayBuffer>, { isBigEndian, size, numbers }: NpyField): Column {
  if (isBigEndian && size > 1) reverseEach(bytes, size);
  return numbersOf(bytes, numbers!);
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
