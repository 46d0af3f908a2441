import type { ByteRanges } from '../../file-bytes.js';
import type { Kept } from '../../kept.js';
import type { ColumnBlock } from '../../table-file.js';
import { type BasketNumbers, basketHead, basketNumbers, heldNumbers, OtherLayout } from './basket.js';
import type { BranchColumn } from './branches.js';
import type { Jsroot, RootBranch } from './jsroot.js';
import { type PlainLayout, plainLayout } from './plain-layout.js';
import { unpack } from './unpack.js';

/** What the baskets of a file are read with. */
export interface BasketSource {
  readonly bytes: ByteRanges;
  readonly jsroot: Pick<Jsroot, 'unzip'>;
  /** Baskets that have been read, by where they are in the file. */
  readonly kept: Kept<BasketNumbers>;
}

/** Some entries of a basket. */
interface BasketPart {
  readonly basket: BasketNumbers;
  readonly from: number;
  readonly to: number;
}

/** A branch whose baskets hold its numbers and nothing else: they are read as they lie there. */
export class PlainBranch {
  readonly #branch: RootBranch;
  readonly #layout: PlainLayout;
  readonly #source: BasketSource;
  /** [baskets + 1] number of the first entry of each. */
  readonly #firsts: readonly number[];
  /** Baskets within the description of the tree that have been read. */
  readonly #held = new Map<number, BasketNumbers>();

  private constructor(branch: RootBranch, layout: PlainLayout, source: BasketSource) {
    this.#branch = branch;
    this.#layout = layout;
    this.#source = source;
    this.#firsts = firstEntries(branch);
  }

  /** The branch of a column; undefined where it is of another kind. */
  static of(column: BranchColumn, source: BasketSource): PlainBranch | undefined {
    const layout = plainLayout(column);
    return layout && new PlainBranch(column.branch, layout, source);
  }

  /**
   * Entries `start` to `start + count`.
   * @throws OtherLayout for baskets that are not laid out as the branch says; Error for those that are damaged.
   */
  async read(start: number, count: number): Promise<ColumnBlock> {
    const end = start + count;
    const parts: BasketPart[] = [];
    for (let number = 0; number + 1 < this.#firsts.length; number++) {
      const [first, next] = [this.#firsts[number]!, this.#firsts[number + 1]!];
      if (next <= start || first >= end) continue;
      const basket = await this.#basket(number);
      if (basket.entries !== next - first) throw new OtherLayout('a basket has other entries than its branch says');
      parts.push({ basket, from: Math.max(start, first) - first, to: Math.min(end, next) - first });
      // Whoever goes on in order is done with it.
      if (next < end) this.#source.kept.leave(this.#keyOf(number));
    }
    const found = parts.reduce((sum, { from, to }) => sum + to - from, 0);
    if (found !== count) throw new OtherLayout(`its baskets have ${found} of these entries`);
    return this.#block(parts, count);
  }

  #keyOf(number: number): string {
    return `${this.#branch.fBasketSeek?.[number]}`;
  }

  async #basket(number: number): Promise<BasketNumbers> {
    const held = this.#branch.fBaskets?.arr[number];
    if (held) {
      const numbers = this.#held.get(number) ?? heldNumbers(held, this.#layout);
      this.#held.set(number, numbers);
      return numbers;
    }
    return this.#source.kept.get(
      this.#keyOf(number),
      () => this.#read(number),
      (basket) => basket,
    );
  }

  async #read(number: number): Promise<BasketNumbers> {
    const { fBasketSeek, fBasketBytes } = this.#branch;
    const [seek, length] = [fBasketSeek?.[number] ?? 0, fBasketBytes?.[number] ?? 0];
    if (!(seek > 0 && length > 0)) throw new OtherLayout('a basket is not in its place');
    const basket = await this.#source.bytes.read(seek, length);
    const head = basketHead(basket);
    if (head.bytes !== length) throw new Error(`a basket of ${head.bytes} bytes, expected ${length}`);
    const body = basket.subarray(head.keyBytes);
    const isPacked = head.size !== body.length;
    const unpacked = isPacked ? await unpack(body, head.size, this.#source.jsroot) : body;
    return basketNumbers(unpacked, head, this.#layout);
  }

  #block(parts: readonly BasketPart[], count: number): ColumnBlock {
    const { width, isList, type } = this.#layout;
    const placeOf = ({ starts }: BasketNumbers, entry: number): number => starts?.[entry] ?? entry * width;
    const ranges = parts.map(({ basket, from, to }) => [placeOf(basket, from), placeOf(basket, to)] as const);
    const length = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
    const values = type === 'float32' ? new Float32Array(length) : new Float64Array(length);
    let filled = 0;
    for (const [i, { basket }] of parts.entries()) {
      const numbers = basket.values.subarray(...ranges[i]!);
      values.set(numbers, filled);
      filled += numbers.length;
    }
    return isList ? { values, counts: countsOf(parts, width, count) } : { values };
  }
}

/** [count] elements of each list. */
function countsOf(parts: readonly BasketPart[], width: number, count: number): Int32Array {
  const counts = new Int32Array(count);
  let entries = 0;
  for (const { basket, from, to } of parts)
    for (let i = from; i < to; i++) counts[entries++] = (basket.starts![i + 1]! - basket.starts![i]!) / width;
  return counts;
}

/** The first entry of each basket, those within the description of the tree included, and the number of entries. */
function firstEntries({ fBasketEntry, fWriteBasket = 0, fBaskets, fEntries }: RootBranch): number[] {
  const held = fBaskets?.arr ?? [];
  let baskets = fWriteBasket;
  while (held[baskets]?.fNevBuf) baskets++;
  return [...Array.from({ length: baskets }, (_, number) => fBasketEntry?.[number] ?? 0), fEntries];
}
