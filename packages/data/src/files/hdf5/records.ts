import type { Metadata } from 'h5wasm/node';
import { fieldOfRecords } from '../../tables/record-bytes.js';
import type { Column } from '../raw-events.js';
import { type NumberType, numbersOf, numberType, typeName } from './number-types.js';

/** A field of numbers in the records of a dataset. */
export interface RecordField {
  readonly name: string;
  /** E.g. `float32`. */
  readonly type: string;
  /** Axes within a record. */
  readonly shape: readonly number[];
  readonly offset: number;
  readonly width: number;
  readonly numbers: NumberType;
}

/** The fields of records that hold numbers; undefined for a type that is no record. */
export function recordFields({ compound_type: records }: Metadata): RecordField[] | undefined {
  return records?.members.flatMap((member) => {
    const { array_type: array } = member;
    const item = array ?? member;
    const numbers = numberType(item);
    if (!numbers) return [];
    const shape = array?.shape ?? [];
    const width = shape.reduce((product, length) => product * length, numbers.size);
    return [{ name: member.name, type: typeName(item), shape, offset: member.offset, width, numbers }];
  });
}

/** The numbers of a field of every record, of records of `size` bytes. */
export function fieldNumbers(bytes: Uint8Array<ArrayBuffer>, size: number, field: RecordField): Column {
  return numbersOf(fieldOfRecords(bytes, size, field), field.numbers);
}
