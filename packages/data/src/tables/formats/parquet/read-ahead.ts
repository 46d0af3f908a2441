import type { FileBytes } from '../../file-bytes.js';
import { giveBack, takeMemory } from './page-memory.js';

/** Bytes of a file, read with some more behind them, to memory that the next are read to. */
export class ReadAhead {
  readonly #file: FileBytes;
  #memory = new Uint8Array(0);
  #start = 0;
  #length = 0;

  constructor(file: FileBytes) {
    this.#file = file;
  }

  /** Bytes that it keeps. */
  get size(): number {
    return this.#memory.length;
  }

  /**
   * Bytes, which hold until others are read.
   * @param ahead how many behind them are read too, where these are not at hand and the file has so many.
   * @throws UserError for bytes that are not there.
   */
  async read(start: number, length: number, ahead: number): Promise<Uint8Array<ArrayBuffer>> {
    const held = this.held(start);
    if (held.length >= length) return held.subarray(0, length);
    this.#length = 0;
    const bytes = length + Math.max(Math.min(ahead, this.#file.size - start - length), 0);
    if (this.#memory.length < bytes) {
      this.clear();
      this.#memory = takeMemory(bytes);
    }
    await this.#file.readTo(this.#memory.subarray(0, bytes), start);
    [this.#start, this.#length] = [start, bytes];
    return this.#memory.subarray(0, length);
  }

  /** Those at hand from a place on. */
  held(start: number): Uint8Array<ArrayBuffer> {
    const from = start - this.#start;
    return this.#memory.subarray(from < 0 ? this.#length : from, this.#length);
  }

  /** Forgets them. */
  clear(): void {
    if (this.#memory.length > 0) giveBack(this.#memory);
    this.#memory = new Uint8Array(0);
    this.#length = 0;
  }
}
