import type { MpiLibrary } from './library.js';

/** Workers that hear who waits: two, so that one of them is left when the other hangs. */
const LISTENERS = 2;

/**
 * Who waits for others and who does not, which is who hangs. A worker that has waited for long tells the first two, and
 * tells them again when it goes on. Needs a library for several threads, since the collective is under way meanwhile.
 */
export class RollCall {
  readonly #library: MpiLibrary;
  /** Workers whose last word was that they wait. */
  readonly #waiting = new Set<number>();
  #told: Promise<unknown> = Promise.resolve();

  constructor(library: MpiLibrary) {
    this.#library = library;
  }

  /** Whether this worker hears the others. */
  get isListener(): boolean {
    return this.#library.isThreaded && this.#library.rank < LISTENERS;
  }

  /** Tells the listeners that this worker waits, or that it goes on. Those that hang take the word all the same. */
  tell(isWaiting: boolean): void {
    const { rank, world, isThreaded } = this.#library;
    if (!isThreaded) return;
    const listeners = ranks(Math.min(LISTENERS, world)).filter((listener) => listener !== rank);
    this.#told = this.#told.then(() =>
      Promise.all(listeners.map((listener) => this.#library.tell(listener, isWaiting ? 1 : 0))),
    );
  }

  /** The others that do not wait; undefined where this worker does not hear them. */
  absent(): number[] | undefined {
    if (!this.isListener) return undefined;
    this.#listen();
    const { rank, world } = this.#library;
    return ranks(world).filter((other) => other !== rank && !this.#waiting.has(other));
  }

  /** Hears what is left, as MPI asks of those who end it, once all workers have met and so have told all. */
  async finish(meet: () => Promise<void>): Promise<void> {
    await this.#told;
    await meet();
    if (this.isListener) this.#listen();
  }

  #listen(): void {
    for (const other of ranks(this.#library.world)) {
      for (let word = this.#library.hear(other); word !== undefined; word = this.#library.hear(other)) {
        if (word === 1) this.#waiting.add(other);
        else this.#waiting.delete(other);
      }
    }
  }
}

function ranks(count: number): number[] {
  return Array.from({ length: count }, (_, rank) => rank);
}
