/** Bytes that are kept at least and at most. */
const LEAST = 2 ** 25;
const MOST = 2 ** 28;
/** Room for pages, in those that are used in turn: two columns may be on different ones. */
const SPARE = 1.1;

/**
 * Values that took work to make, those used last: as many as are used in turn, so that none is made again and again,
 * and not many more.
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
    const known = this.#values.get(key);
    if (known) {
      this.#values.delete(key);
      this.#values.set(key, known);
      return known;
    }
    const made = await make();
    this.#values.set(key, made);
    this.#bytes += bytesOf(made);
    this.#largest = Math.max(this.#largest, bytesOf(made));
    this.#dropOthers(key);
    return made;
  }

  /** Says that a value is hardly used again. */
  leave(key: string): void {
    if (this.#values.has(key)) this.#left.add(key);
  }

  #dropOthers(newest: string): void {
    const room = Math.min(MOST, Math.max(LEAST, SPARE * this.#inTurn * this.#largest));
    for (const oldest of [...this.#left, ...this.#values.keys()]) {
      if (this.#bytes <= room || oldest === newest) break;
      this.#bytes -= bytesOf(this.#values.get(oldest) ?? {});
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
