import { UserError } from '@unfold-zoo/core';
import type { NumberType } from '../../files/hdf5/number-types.js';
import type { ByteRanges } from '../file-bytes.js';

/** One field of the items of an array; an array of plain numbers has one, without a name. */
export interface NpyField {
  readonly name: string;
  /** E.g. `float32`. */
  readonly type: string;
  /** Where it begins in an item, and how many bytes one of its numbers takes. */
  readonly offset: number;
  readonly size: number;
  /** Axes within an item, and how many numbers these are. */
  readonly shape: readonly number[];
  readonly length: number;
  readonly isBigEndian: boolean;
  /** Undefined where it has a problem. */
  readonly numbers?: NumberType;
  readonly problem?: string;
}

/** What stands before the numbers of an array. */
export interface NpyHeader {
  readonly fields: readonly NpyField[];
  readonly shape: readonly number[];
  readonly isFortran: boolean;
  readonly itemSize: number;
  /** Where the numbers begin. */
  readonly start: number;
}

/** What an array begins with, each character a byte. */
export const NPY_MAGIC = '\x93NUMPY';
/** Bytes of a header. One of a thousand fields has fewer. */
const LONGEST_HEADER = 1 << 20;

/**
 * Reads what NumPy writes before an array: its format 1, 2 or 3.
 * @throws UserError for what is no array, and for one of pickled objects.
 */
export async function readNpyHeader(bytes: ByteRanges, what: string): Promise<NpyHeader> {
  const preamble = await bytes.read(0, Math.min(12, bytes.size));
  if (preamble.length < 12 || Buffer.from(preamble.subarray(0, 6)).toString('latin1') !== NPY_MAGIC) {
    throw new UserError(`invalid file: ${what} is not an array of NumPy`);
  }
  const view = new DataView(preamble.buffer);
  const isShort = view.getUint8(6) === 1;
  const start = isShort ? 10 : 12;
  const length = isShort ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER) throw new UserError(`damaged ${what}: its header has ${length} bytes`);
  const text = Buffer.from(await bytes.read(start, length)).toString(isShort ? 'latin1' : 'utf8');
  return { ...headerOf(text, what), start: start + length };
}

/** The header is a literal of Python, of which NumPy writes little: `{'descr': '<f4', 'shape': (3,), ...}`. */
function headerOf(text: string, what: string): Omit<NpyHeader, 'start'> {
  const header = pythonLiteral(text, what) as { descr?: unknown; fortran_order?: unknown; shape?: unknown };
  const { descr, fortran_order: isFortran, shape } = header;
  const isShape = Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (descr === undefined || !isShape) throw new UserError(`damaged ${what}: its header is "${text.trim()}"`);
  const fields = fieldsOf(descr, what);
  const itemSize = fields.reduce((sum, { size, length }) => sum + size * length, 0);
  const named = fields.filter(({ name, type }) => name !== '' || type !== 'padding');
  return { fields: named, shape: shape as number[], isFortran: isFortran === true, itemSize };
}

function pythonLiteral(text: string, what: string): object {
  const json = text
    .replaceAll("'", '"')
    .replaceAll(/\bTrue\b/g, 'true')
    .replaceAll(/\bFalse\b/g, 'false')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replaceAll(/,(?=\s*[\]}])/g, '');
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Said below.
  }
  throw new UserError(`damaged ${what}: its header is "${text.trim().slice(0, 80)}"`);
}

function fieldsOf(descr: unknown, what: string): NpyField[] {
  if (typeof descr === 'string') return [fieldOf({ name: '', code: descr, shape: [], offset: 0 }, what)];
  if (!Array.isArray(descr)) throw new UserError(`invalid ${what}: its type is ${JSON.stringify(descr)}`);
  let offset = 0;
  return descr.map((entry: unknown) => {
    const [name, code, shape = []] = entry as [unknown, unknown, (number | number[])?];
    const isNested = typeof code !== 'string';
    if (isNested) throw new UserError(`invalid ${what}: its field ${String(name)} holds records; write them flat`);
    const field = fieldOf({ name: fieldName(name), code, shape: [shape].flat(), offset }, what);
    offset += field.size * field.length;
    return field;
  });
}

/** A name, or a title and a name. */
function fieldName(name: unknown): string {
  return String(Array.isArray(name) ? name[1] : name);
}

/** Types by NumPy's letters. */
const KINDS: Readonly<
  Record<string, { readonly name: string; readonly isFloat: boolean; readonly isSigned: boolean }>
> = {
  f: { name: 'float', isFloat: true, isSigned: true },
  i: { name: 'int', isFloat: false, isSigned: true },
  u: { name: 'uint', isFloat: false, isSigned: false },
  b: { name: 'bool', isFloat: false, isSigned: false },
};
const UNREADABLE: Readonly<Record<string, readonly [type: string, problem: string]>> = {
  U: ['text', 'it holds text, expected numbers'],
  S: ['text', 'it holds text, expected numbers'],
  c: ['complex', 'it holds complex numbers, expected real ones; write real and imaginary part apart'],
  V: ['padding', 'it holds bytes without a type'],
  M: ['datetime', 'it holds dates, expected numbers'],
  m: ['timedelta', 'it holds times, expected numbers'],
};

function fieldOf(
  { name, code, shape, offset }: { name: string; code: string; shape: readonly number[]; offset: number },
  what: string,
): NpyField {
  const [, order = '', letter = '', digits = ''] = /^([<>|=]?)([A-Za-z])(\d*)/.exec(code) ?? [];
  if (letter === 'O') {
    throw new UserError(
      `invalid ${what}: it holds pickled objects, which may run code and are not read; ` +
        'save plain numbers, e.g. with .astype("float32"), padded to one shape',
    );
  }
  const size = Number(digits || 1) * (letter === 'U' ? 4 : 1);
  const place = { name, offset, size, shape, length: shape.reduce((product, each) => product * each, 1) };
  const kind = KINDS[letter];
  const isBigEndian = order === '>';
  if (kind && [1, 2, 4, 8].includes(size) && !(kind.isFloat && size === 1)) {
    const type = letter === 'b' ? 'bool' : `${kind.name}${8 * size}`;
    return { ...place, type, isBigEndian, numbers: { isFloat: kind.isFloat, isSigned: kind.isSigned, size } };
  }
  const [type, problem] = UNREADABLE[letter] ?? [code, `it holds values of type ${code}, expected numbers of 64 bits`];
  return { ...place, type, isBigEndian, problem };
}
