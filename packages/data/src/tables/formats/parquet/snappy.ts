/** Bytes that are copied by a call rather than by a loop, at least. */
const LONG = 32;
/** Bytes of a word, of which copies are made; the last may reach into the slack. */
const WORD = 4;

/** Bytes, and the same as words. */
interface Words {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** What is read, and what it is unpacked to. */
interface Both {
  readonly source: Words;
  readonly target: Words;
}

/**
 * Unpacks Snappy's raw format (google/snappy, format_description.txt): the length, then literals and copies of what was
 * unpacked before. Places are kept whole by `| 0`, without which they are computed as fractions, twice as slowly.
 * @param into holds `size` bytes, and a word behind them.
 * @throws Error for damage.
 */
export function unpackSnappy(packed: Uint8Array, into: Uint8Array, size: number): void {
  const both = { source: wordsOf(packed), target: wordsOf(into) };
  const end = packed.length | 0;
  let from = startOf(packed, size);
  let at = 0;
  while (from < end) {
    const tag = packed[from++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max((tag >>> 2) - 59, 0);
      const length = ((extra === 0 ? tag >>> 2 : wholeNumber(packed, from, extra)) + 1) | 0;
      from = (from + extra) | 0;
      if (length <= 0 || length > end - from || length > size - at) throw damaged();
      copyLiteral(both, from, at, length);
      from = (from + length) | 0;
      at = (at + length) | 0;
    } else {
      const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      const extra = kind === 3 ? 4 : kind;
      const offset = kind === 1 ? ((tag >>> 5) << 8) | packed[from]! : wholeNumber(packed, from, extra);
      from = (from + extra) | 0;
      if (from > end || offset <= 0 || offset > at || length > size - at) throw damaged();
      repeat(both.target, at, offset, length);
      at = (at + length) | 0;
    }
  }
  if (at !== size) throw damaged();
}

function wordsOf(bytes: Uint8Array): Words {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Where the elements begin: behind the length, in groups of seven bits. */
function startOf(packed: Uint8Array, size: number): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = packed[i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80 && length === size) return i + 1;
  }
  throw damaged();
}

/** A number of one to four bytes, the lowest first; below zero where it is 2^31 or more. */
function wholeNumber(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value |= bytes[at + i]! << (8 * i);
  return value;
}

/** Copies bytes of the page as they are. */
function copyLiteral({ source, target }: Both, from: number, at: number, length: number): void {
  if (length > LONG || from + length + WORD > source.bytes.length) {
    target.bytes.set(source.bytes.subarray(from, from + length), at);
    return;
  }
  for (let i = 0; i < length; i = (i + WORD) | 0)
    target.view.setUint32((at + i) | 0, source.view.getUint32((from + i) | 0, true), true);
}

/** Copies what was unpacked `offset` bytes before; it may reach into itself, and then repeats. */
function repeat({ bytes, view }: Words, at: number, offset: number, length: number): void {
  const end = (at + length) | 0;
  if (length > LONG && offset >= length) {
    bytes.copyWithin(at, at - offset, end - offset);
    return;
  }
  let [to, period] = [at, offset];
  // What repeats after so many bytes repeats after twice as many, when there are these.
  for (; period < WORD; period *= 2)
    for (const next = Math.min(to + period, end); to < next; to++) bytes[to] = bytes[to - period]!;
  for (; to < end; to = (to + WORD) | 0) view.setUint32(to, view.getUint32((to - period) | 0, true), true);
}

function damaged(): Error {
  return new Error('a page is not compressed by Snappy, or is damaged');
}
