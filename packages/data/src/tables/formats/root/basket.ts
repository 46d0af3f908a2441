import type { RootBasket } from './jsroot.js';
import { type BranchNumbers, bytesOfType, numbersOf } from './numbers.js';
import type { PlainLayout } from './plain-layout.js';

/** A basket that is laid out otherwise than its branch says, which jsroot may still read. */
export class OtherLayout extends Error {}

/** What the key of a basket says. */
export interface BasketHead {
  /** Bytes of the basket in the file, of them its key, and those that follow, unpacked. */
  readonly bytes: number;
  readonly keyBytes: number;
  readonly size: number;
  readonly entries: number;
  /** Bytes of the key and of all entries. */
  readonly last: number;
}

/** The numbers of a basket. */
export interface BasketNumbers {
  readonly values: BranchNumbers;
  /** [entries + 1] where the lists of the entries begin among the numbers; absent where all entries are as long. */
  readonly starts?: Int32Array;
  readonly entries: number;
}

/** Of a key: version, size unpacked, length and the place of its texts. */
const KEY = { version: 4, size: 6, keyBytes: 14, texts: 18 };
/** Keys of this version on have places of 64 bits. */
const LONG_PLACES = 1000;

/** Reads the key of a basket. @throws OtherLayout for one whose entries are described in the key itself. */
export function basketHead(basket: Uint8Array): BasketHead {
  const bytes = Buffer.from(basket.buffer, basket.byteOffset, basket.byteLength);
  let at = KEY.texts + (bytes.readUInt16BE(KEY.version) > LONG_PLACES ? 16 : 8);
  for (let text = 0; text < 3; text++) at += bytes[at] === 0xff ? 5 + bytes.readUInt32BE(at + 1) : 1 + bytes[at]!;
  at += 6; // version, and the size of its buffer
  at += bytes.readInt32BE(at) < 0 ? 5 : 4; // features of ROOT 6.12 and later stand behind a size below zero
  if (bytes[at + 8] !== 0) throw new OtherLayout('its entries are described in its key');
  const [size, keyBytes] = [bytes.readInt32BE(KEY.size), bytes.readInt16BE(KEY.keyBytes)];
  return {
    bytes: bytes.readInt32BE(0),
    keyBytes,
    size,
    entries: bytes.readInt32BE(at),
    last: bytes.readInt32BE(at + 4),
  };
}

/**
 * The numbers of a basket.
 * @param body what follows its key, unpacked.
 * @throws OtherLayout where it is not laid out as its branch.
 */
export function basketNumbers(body: Uint8Array, head: BasketHead, layout: PlainLayout): BasketNumbers {
  const { entries, keyBytes, last } = head;
  const length = last - keyBytes;
  if (!(entries >= 0 && length >= 0 && length <= body.length)) throw new OtherLayout('it is longer than its bytes');
  const offsets = body.length > length ? entryOffsets(body.subarray(length), head) : undefined;
  return entriesOf(body.subarray(0, length), { entries, offsets }, layout);
}

/** The numbers of a basket within the description of its tree. @throws OtherLayout like `basketNumbers`. */
export function heldNumbers(basket: RootBasket, layout: PlainLayout): BasketNumbers {
  const { fNevBuf: entries, fKeylen, fLast, fEntryOffset, fBufferRef } = basket;
  const view = fBufferRef?.arr;
  if (!view || view.byteLength < fLast - fKeylen) throw new OtherLayout('it holds no bytes');
  const bytes = new Uint8Array(view.buffer, view.byteOffset, fLast - fKeylen);
  const offsets = fEntryOffset && Array.from(fEntryOffset).slice(0, entries);
  return entriesOf(bytes, { entries, offsets: offsets?.map((offset) => offset - fKeylen) }, layout);
}

/** Where entries begin, by the numbers behind them: how many there are, and the places, the key included. */
function entryOffsets(tail: Uint8Array, { entries, keyBytes }: BasketHead): number[] {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  const count = bytes.length >= 4 ? bytes.readInt32BE(0) : -1;
  if (count < entries || bytes.length !== 4 + 4 * count) throw new OtherLayout('its entries are described otherwise');
  return Array.from({ length: entries }, (_, i) => bytes.readInt32BE(4 + 4 * i) - keyBytes);
}

interface EntryPlaces {
  readonly entries: number;
  readonly offsets: readonly number[] | undefined;
}

function entriesOf(bytes: Uint8Array, { entries, offsets }: EntryPlaces, layout: PlainLayout): BasketNumbers {
  const { type, width, isList, header } = layout;
  const step = bytesOfType(type) * width;
  if (!isList) {
    const isEven = bytes.length === entries * step && (offsets ?? []).every((offset, i) => offset === i * step);
    if (!isEven) throw new OtherLayout('its entries are not as long as their branch says');
    return { values: numbersOf(bytes, type), entries };
  }
  const begins = offsets ?? (entries === 1 ? [0] : undefined);
  if (!begins && entries > 0) throw new OtherLayout('it does not say where its entries begin');
  const starts = listStarts([...(begins ?? []), bytes.length], step, header);
  const packed = header > 0 ? withoutHeaders(bytes, begins ?? [], { starts, step, header }) : bytes;
  return { values: numbersOf(packed, type), starts: starts.map((start) => start * width), entries };
}

/** [entries + 1] elements before the list of each entry. */
function listStarts(places: readonly number[], step: number, header: number): Int32Array {
  const starts = new Int32Array(places.length);
  for (let i = 1; i < places.length; i++) {
    const elements = (places[i]! - places[i - 1]! - header) / step;
    if (!(Number.isInteger(elements) && elements >= 0)) throw new OtherLayout('its lists have other headers');
    starts[i] = starts[i - 1]! + elements;
  }
  if (places[0] !== 0) throw new OtherLayout('its first entry does not stand at its beginning');
  return starts;
}

/** Whether a number of bytes follows, in the first four bytes of what has a version. */
const COUNTED = 0x40000000;

/** The elements of vectors without what stands before each list, which is compared with their number. */
function withoutHeaders(
  bytes: Uint8Array,
  places: readonly number[],
  { starts, step, header }: { readonly starts: Int32Array; readonly step: number; readonly header: number },
): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = new Uint8Array(starts.at(-1)! * step);
  for (const [i, place] of places.entries()) {
    const elements = starts[i + 1]! - starts[i]!;
    const first = place + header;
    const isPlain =
      view.getUint32(place) === COUNTED + header - 4 + elements * step && view.getUint32(first - 4) === elements;
    if (!isPlain) throw new OtherLayout('its lists have other headers');
    packed.set(bytes.subarray(first, first + elements * step), starts[i]! * step);
  }
  return packed;
}
