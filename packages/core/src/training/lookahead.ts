/** The values of a generator, of which the next may be fetched before it is asked for. */
export class Lookahead<T> {
  readonly #source: AsyncGenerator<T>;
  #ahead: Promise<IteratorResult<T>> | undefined;

  /** `source` is expected never to end. */
  constructor(source: AsyncGenerator<T>) {
    this.#source = source;
  }

  /** Fetches the next value. What goes wrong is thrown by `next`. */
  async fetchAhead(): Promise<void> {
    this.#ahead ??= this.#source.next();
    await this.#ahead.catch(() => {});
  }

  async next(): Promise<T> {
    const ahead = this.#ahead ?? this.#source.next();
    this.#ahead = undefined;
    return (await ahead).value as T;
  }

  /** Ends the generator. */
  async return(): Promise<void> {
    await this.#source.return(undefined);
  }
}
