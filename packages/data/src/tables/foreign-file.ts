import { closeSync, openSync, readSync } from 'node:fs';
import { UserError } from '@unfold-zoo/core';

/** What a file is, as far as its first bytes tell, and what its user may do. */
interface Contents {
  readonly what: string;
  readonly advice: string;
}

const READABLE = 'readable are HDF5, ROOT, Parquet, .npz and .npy files';

/** How files begin that are told apart, and what to do with them where another format is expected. */
const SIGNATURES: readonly [start: string, what: string, advice: string][] = [
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file', otherKind('hdf5', '.h5')],
  ['root', 'a ROOT file', otherKind('root', '.root')],
  ['PAR1', 'a Parquet file', otherKind('parquet', '.parquet')],
  ['\x93NUMPY', 'an array of NumPy', otherKind('npy', '.npy')],
  ['PK', 'an archive (zip or npz)', otherKind('npz', '.npz')],
  ['\x1f\x8b', 'compressed by gzip', 'unpack it first: gunzip'],
  ['BZh', 'compressed by bzip2', 'unpack it first: bunzip2'],
  ['\xfd7zXZ', 'compressed by xz', 'unpack it first: unxz'],
  ['\x28\xb5\x2f\xfd', 'compressed by zstd', 'unpack it first: unzstd'],
];
/** Of the first bytes, so many are looked at. */
const LOOKED_AT = 512;

/**
 * The refusal of a file that is not what it was taken for, e.g. `an HDF5 file`: it says what the file is by its first
 * bytes, and which files are read.
 */
export function foreignFile(path: string, expected: string): UserError {
  const { what, advice } = contentsOf(firstBytes(path));
  return new UserError(`invalid file: ${path} is ${what}, not ${expected}; ${advice}`);
}

/** The refusal of what has no bytes of its own, e.g. `is a folder`. */
export function noDataFile(path: string, problem: string): UserError {
  return new UserError(`invalid file: ${path} ${problem}; ${READABLE}`);
}

function contentsOf(bytes: Buffer): Contents {
  const text = bytes.toString('latin1');
  const known = SIGNATURES.find(([start]) => text.startsWith(start));
  if (known) return { what: known[1], advice: known[2] };
  if (text === '') return { what: 'empty', advice: READABLE };
  return { what: isText(bytes) ? 'a text file' : 'a file of unknown contents', advice: READABLE };
}

function otherKind(kind: string, end: string): string {
  return `in a config its kind is ${kind}, and commands know it by a name that ends in ${end}`;
}

/** Text has no control characters but tabs, ends of lines and of pages; of UTF-16 every other byte is 0. */
function isText(bytes: Buffer): boolean {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return isUtf16 || bytes.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
}

function firstBytes(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LOOKED_AT);
    return bytes.subarray(0, readSync(file, bytes, 0, LOOKED_AT, 0));
  } finally {
    closeSync(file);
  }
}
