/** Values that took work to make, of at most so many bytes together: those used last stay. */
export class Kept<Value extends object> {
  readonly #most: number;
  /** In the order of their last use. */
  readonly #values = new Map<string, Value>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(key);
    if (known) {
      this.#values.delete(key);
      this.#values.set(key, known);
      return known;
    }
    const made = await make();
    this.#values.set(key, made);
    this.#bytes += bytesOf(made);
    for (const [oldest, each] of this.#values) {
      if (this.#bytes <= this.#most || oldest === key) break;
      this.#values.delete(oldest);
      this.#bytes -= bytesOf(each);
    }
    return made;
  }
}

/** Of a typed array, or of those that an object has. */
function bytesOf(value: object): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Array.isArray(value) ? 8 * value.length : Object.values(value).reduce((sum, each) => sum + bytesOf(each), 0);
}
