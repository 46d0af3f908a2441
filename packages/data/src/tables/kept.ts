/** Bytes that are kept at least and at most. */
const LEAST = 2 ** 25;
const MOST = 2 ** 28;
/** Bytes that are kept of all files, beyond those of the one that is read: as many may be open. */
const MOST_OF_ALL = 2 ** 27;
/** Room for pages, in those that are used in turn: two columns may be on different ones. */
const SPARE = 1.1;

/** Those that hold values, in the order of their last use. */
const holding = new Set<Kept<object>>();
let bytesOfAll = 0;

/**
 * Values of a file that took work to make, those used last: as many as are used in turn, so that none is made again and
 * again, and not many more.
 */
export class Kept<Value extends object> {
  /** In the order of their last use. */
  readonly #values = new Map<string, Value>();
  /** Those that go first. */
  readonly #left = new Set<string>();
  #bytes = 0;
  #largest = 0;
  #inTurn = 1;

  /** Says how many are used in turn. */
  use(count: number): void {
    this.#inTurn = Math.max(this.#inTurn, count);
  }

  async get(key: string, make: () => Promise<Value>): Promise<Value> {
    this.#left.delete(key);
    const value = this.#take(key) ?? (await make());
    this.#take(key); // which another call may have made meanwhile
    this.#values.set(key, value);
    this.#add(bytesOf(value));
    this.#largest = Math.max(this.#largest, bytesOf(value));
    this.#dropOthers(key);
    holding.delete(this);
    holding.add(this);
    this.#clearOthers();
    return value;
  }

  #take(key: string): Value | undefined {
    const known = this.#values.get(key);
    if (known && this.#values.delete(key)) this.#add(-bytesOf(known));
    return known;
  }

  /** Forgets all values, as of a file that is closed. */
  clear(): void {
    this.#values.clear();
    this.#left.clear();
    this.#add(-this.#bytes);
    holding.delete(this);
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

  #dropOthers(newest: string): void {
    const room = Math.min(MOST, Math.max(LEAST, SPARE * this.#inTurn * this.#largest));
    if (this.#bytes <= room) return;
    for (const oldest of [...this.#left, ...this.#values.keys()]) {
      if (this.#bytes <= room || oldest === newest) break;
      this.#add(-bytesOf(this.#values.get(oldest) ?? {}));
      this.#values.delete(oldest);
      this.#left.delete(oldest);
    }
  }
}

/** Of a typed array, or of those that an object has. */
function bytesOf(value: object): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Array.isArray(value) ? 8 * value.length : Object.values(value).reduce((sum, each) => sum + bytesOf(each), 0);
}
