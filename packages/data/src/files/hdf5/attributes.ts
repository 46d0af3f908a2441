import type { Metadata } from 'h5wasm/node';
import type { Hdf5Module } from './library.js';
import { decodeNumbers, typeProblem } from './number-types.js';

/** What is read of attributes: text, numbers, or lists of either. Integers that no double holds are text. */
export type AttributeContent = string | number | readonly string[] | readonly number[] | readonly (string | number)[];

/** The type of text, by the number that HDF5 gives it. */
export const TEXT = 3;

/** An attribute of an object; undefined if there is none of that name, or its values are of another type. */
export function readAttribute(
  module: Hdf5Module,
  file: bigint,
  path: string,
  name: string,
): AttributeContent | undefined {
  if (!module.get_attribute_names(file, path).includes(name)) return undefined;
  const type = module.get_attribute_metadata(file, path, name);
  const isText = type.type === TEXT;
  if (!type.shape || (!isText && typeProblem(type))) return undefined;
  const size = type.size * type.total_size;
  const buffer = module._malloc(size);
  if (buffer === 0) throw new RangeError(`attribute ${name} takes ${size} bytes`);
  try {
    if (module.get_attribute_data(file, path, name, BigInt(buffer)) < 0) return undefined;
    const bytes = module.HEAPU8.slice(buffer, buffer + size) as Uint8Array<ArrayBuffer>;
    const values = isText
      ? texts(module, bytes, type)
      : Array.from<number | bigint, number | string>(
          decodeNumbers(bytes, type) as ArrayLike<number | bigint>,
          plainNumber,
        );
    if (type.vlen) module.reclaim_vlen_memory(file, path, name, BigInt(buffer));
    return type.shape.length === 0 ? values[0]! : values;
  } finally {
    module._free(buffer);
  }
}

function plainNumber(value: number | bigint): number | string {
  if (typeof value === 'number') return value;
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : String(value);
}

function texts(module: Hdf5Module, bytes: Uint8Array<ArrayBuffer>, { vlen, size }: Metadata): string[] {
  if (vlen)
    return Array.from(new Uint32Array(bytes.buffer), (start) => (start === 0 ? '' : module.UTF8ToString(start)));
  const count = size > 0 ? bytes.length / size : 0;
  return Array.from({ length: count }, (_, i) => fixedText(bytes.subarray(i * size, (i + 1) * size)));
}

/** Text of a fixed length is padded by zeros or by blanks. */
export function fixedText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)).trimEnd();
}
