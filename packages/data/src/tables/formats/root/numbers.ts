import type { Column } from '../../../files/raw-events.js';

/** Numbers of a branch as they are held; whole ones of 64 bits are doubles. */
export type BranchNumbers = Exclude<Column, BigInt64Array | BigUint64Array>;

/** By types of columns. */
const ARRAYS: Readonly<Record<string, new (buffer: ArrayBuffer) => BranchNumbers>> = {
  ...{ float32: Float32Array, float64: Float64Array, bool: Uint8Array, int8: Int8Array, uint8: Uint8Array },
  ...{ int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array },
};

/** Bytes of a number of a type. */
export function bytesOfType(type: string): number {
  return /^u?int64$/.test(type) ? 8 : new ARRAYS[type]!(new ArrayBuffer(0)).BYTES_PER_ELEMENT;
}

/** Big-endian numbers of a type. */
export function numbersOf(bytes: Uint8Array, type: string): BranchNumbers {
  const copy = new Uint8Array(bytes); // a Buffer would only slice a view
  const size = bytesOfType(type);
  swap(Buffer.from(copy.buffer), size);
  if (type === 'bool') return copy.map((value) => (value === 0 ? 0 : 1));
  return ARRAYS[type] ? new ARRAYS[type]!(copy.buffer) : doublesOf(copy.buffer, type === 'int64');
}

function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  if (size === 4) bytes.swap32();
  if (size === 8) bytes.swap64();
}

/** Whole numbers of 64 bits, rounded to the nearest double. */
function doublesOf(buffer: ArrayBuffer, isSigned: boolean): Float64Array {
  const [low, high] = [new Uint32Array(buffer), isSigned ? new Int32Array(buffer) : new Uint32Array(buffer)];
  return Float64Array.from({ length: low.length / 2 }, (_, i) => high[2 * i + 1]! * 2 ** 32 + low[2 * i]!);
}
