/** Bytes that are kept at least, where there are so many, and at most. */
const LEAST_KEPT = 2 ** 25;
const MOST = 2 ** 28;
/** Bytes that are kept of all files, beyond those of the one that is read: as many may be open. */
const MOST_OF_ALL = 2 ** 27;
/** Room for pages, in those that are used in turn: two columns may be on different ones. */
const SPARE = 1.1;

/** Those that hold values, in the order of their last use. */
const holding = new Set<{ clear(): void }>();
let bytesOfAll = 0;

/**
 * Values of a file that took work to make, those used last: as many as are used in turn, so that none is made again and
 * again, and not many more.
 */
export class Kept<Value extends object> {
  /** In the order of their last use. */
  readonly #values = new Map<string, Sized<Value>>();
  /** Those that go first. */
  readonly #left = new Set<string>();
  #bytes = 0;
  #largest = 0;
  #inTurn = 1;
  readonly #dropped: (value: Value) => void;

  /** @param dropped is told of each value that is kept no longer. */
  constructor(dropped: (value: Value) => void = () => {}) {
    this.#dropped = dropped;
  }

  /** Says how many are used in turn. */
  use(count: number): void {
    this.#inTurn = Math.max(this.#inTurn, count);
  }

  /**
   * What `take` takes from a value, which is made where it is not kept. It is called at once, before the value may be
   * dropped.
   */
  async get<Taken>(key: string, make: () => Promise<Value>, take: (value: Value) => Taken): Promise<Taken> {
    this.#left.delete(key);
    const known = this.#values.get(key);
    const sized = known ?? sizedOf(await make());
    if (this.#values.get(key) !== sized) {
      // Another call may have made it meanwhile.
      this.drop(key);
      this.#add(sized.bytes);
    }
    // To the end of the order.
    this.#values.delete(key);
    this.#values.set(key, sized);
    const taken = take(sized.value);
    this.#largest = Math.max(this.#largest, sized.bytes);
    this.#dropOldest();
    holding.delete(this);
    if (this.#values.size > 0) holding.add(this);
    this.#clearOthers();
    return taken;
  }

  /** Drops a value, if it is kept. */
  drop(key: string): void {
    const sized = this.#values.get(key);
    this.#left.delete(key);
    if (!sized) return;
    this.#values.delete(key);
    this.#add(-sized.bytes);
    this.#dropped(sized.value);
    if (this.#values.size === 0) holding.delete(this);
  }

  /** Forgets all values, as of a file that is closed. */
  clear(): void {
    for (const key of this.#values.keys()) this.drop(key);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    bytesOfAll += bytes;
  }

  #clearOthers(): void {
    for (const oldest of holding) {
      if (bytesOfAll <= MOST_OF_ALL || oldest === this) break;
      oldest.clear();
    }
  }

  /** Says that a value is hardly used again. */
  leave(key: string): void {
    if (this.#values.has(key)) this.#left.add(key);
  }

  #dropOldest(): void {
    const room = Math.min(MOST, Math.max(LEAST_KEPT, SPARE * this.#inTurn * this.#largest));
    if (this.#bytes <= room) return;
    // At last the newest, where it alone is more than all that is kept.
    for (const oldest of [...this.#left, ...this.#values.keys()]) {
      if (this.#bytes <= room) break;
      this.drop(oldest);
    }
  }
}

/** A value, and the bytes that it holds. */
interface Sized<Value> {
  readonly value: Value;
  readonly bytes: number;
}

function sizedOf<Value extends object>(value: Value): Sized<Value> {
  return { value, bytes: bytesOf(value) };
}

/** Of a typed array, or of those that an object has, each counted once. */
function bytesOf(value: object): number {
  if (Array.isArray(value)) return 8 * value.length;
  const views = ArrayBuffer.isView(value) ? [value] : Object.values(value).filter(ArrayBuffer.isView);
  return [...new Set(views.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
}
