import type { Metadata } from 'h5wasm/node';
import type { Column } from '../raw-events.js';

/** Kinds of types by the numbers that HDF5 gives them. */
const KIND = { integer: 0, float: 1, time: 2, string: 3, bits: 4, opaque: 5, records: 6, reference: 7, enum: 8 };

/** A type of numbers that can be read: how they lie in bytes. */
export interface NumberType {
  readonly isFloat: boolean;
  readonly isSigned: boolean;
  readonly size: number;
}

/** What a type of values is. */
export type ValueType = Pick<Metadata, 'type' | 'size' | 'signed' | 'compound_type' | 'enum_type'>;

/** Undefined for what is no number, or none that fits into 64 bits. Enumerations, such as booleans, are numbers. */
export function numberType({ type, size, signed, enum_type }: ValueType): NumberType | undefined {
  const kind = type === KIND.enum ? enum_type?.type : type;
  if (kind === KIND.float) return [2, 4, 8].includes(size) ? { isFloat: true, isSigned: true, size } : undefined;
  const isInteger = kind === KIND.integer || kind === KIND.bits;
  return isInteger && [1, 2, 4, 8].includes(size) ? { isFloat: false, isSigned: signed, size } : undefined;
}

/** Whether numbers have a fraction. */
export type NumberKind = 'float' | 'integer';

/** Of a type of numbers that can be read. */
export function numberKind(type: ValueType): NumberKind {
  return numberType(type)?.isFloat ? 'float' : 'integer';
}

/** What values of a type are called: `float32`, `uint8`, `bool`, or what they are instead of numbers. */
export function typeName(type: ValueType): string {
  const found = numberType(type);
  if (!found) return description(type).what;
  if (type.type === KIND.enum && found.size === 1 && isBoolean(type)) return 'bool';
  return `${found.isFloat ? 'float' : found.isSigned ? 'int' : 'uint'}${8 * found.size}`;
}

/** Whether an enumeration has the values of yes and no, as h5py writes them, and not those of several labels. */
function isBoolean({ enum_type }: ValueType): boolean {
  return Object.values(enum_type?.members ?? {}).every((value) => value === 0 || value === 1);
}

/** What is wrong with a type and how to convert it; undefined for numbers that can be read. */
export function typeProblem(type: ValueType): string | undefined {
  if (numberType(type)) return undefined;
  const { what, cure } = description(type);
  return `it holds ${what}, expected numbers of at most 64 bits; ${cure}`;
}

const WITH_NUMPY = 'convert it, with NumPy by ';

function description(type: ValueType): { readonly what: string; readonly cure: string } {
  switch (type.type) {
    case KIND.float:
      return { what: `floating-point numbers of ${8 * type.size} bits`, cure: `${WITH_NUMPY}.astype("float64")` };
    case KIND.string:
      return { what: 'text', cure: `${WITH_NUMPY}.astype("float32"), or write a number for each label` };
    case KIND.records: {
      const fields = type.compound_type?.members.map(({ name }) => name).join(', ');
      return { what: `records (${fields})`, cure: 'write each field as a dataset of its own' };
    }
    case KIND.reference:
      return { what: 'references', cure: 'write the numbers that they lead to' };
    default:
      return { what: UNREADABLE[type.type] ?? 'values of an unknown type', cure: 'write it as float32, zero-padded' };
  }
}

const UNREADABLE: Readonly<Record<number, string>> = {
  0: 'integers of an unusual size',
  2: 'times',
  4: 'bit fields',
  5: 'opaque bytes',
  8: 'enumerated values that are no integers',
  9: 'lists of variable length',
  10: 'arrays in each element',
};

/** Bytes of numbers as the library hands them over, in the order of this machine. */
export function decodeNumbers(bytes: Uint8Array<ArrayBuffer>, type: ValueType): Column {
  return numbersOf(bytes, numberType(type)!);
}

/** Bytes that begin their buffer, in the order of this machine, as numbers. */
export function numbersOf({ buffer }: Uint8Array<ArrayBuffer>, { isFloat, isSigned, size }: NumberType): Column {
  if (isFloat && size === 2) return Float32Array.from(new Uint16Array(buffer), halfPrecision);
  if (isFloat) return size === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
  switch (size) {
    case 1:
      return isSigned ? new Int8Array(buffer) : new Uint8Array(buffer);
    case 2:
      return isSigned ? new Int16Array(buffer) : new Uint16Array(buffer);
    case 4:
      return isSigned ? new Int32Array(buffer) : new Uint32Array(buffer);
    default:
      return isSigned ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
  }
}

/** A number of IEEE 754 half precision: one bit of sign, five of exponent, ten of fraction. */
function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction > 0 ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
