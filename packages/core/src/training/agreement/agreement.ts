import type { Communicator } from '../../contracts/training/communicator.js';

/** Numbers and answers of yes or no by name, at any depth, as an interface may declare them. */
type Fields<T> = { readonly [Name in keyof T]: Fields<T[Name]> };

/**
 * What workers make common knowledge by one reduction: each gives the same fields with its own values, and all get the
 * same result. `during` names the work in messages.
 */
export class Agreement {
  readonly #communicator: Communicator;

  constructor(communicator: Communicator) {
    this.#communicator = communicator;
  }

  /** The mean over workers of every number, and of every yes or no whether any worker says yes. */
  async mean<T extends Fields<T>>(own: T, during: string): Promise<T> {
    const { world } = this.#communicator;
    return this.sum(replaceNumbers(own, (value) => value / world) as T, during);
  }

  /** The sum over workers of every number, and of every yes or no whether any worker says yes. */
  async sum<T extends Fields<T>>(own: T, during: string): Promise<T> {
    const sums = Float64Array.from(leavesOf(own), Number);
    await this.#communicator.allReduceSum(sums, during);
    const values = sums.values();
    return replaceLeaves(own, (leaf) => {
      const sum = values.next().value!;
      return typeof leaf === 'boolean' ? sum > 0 : sum;
    }) as T;
  }

  /** Waits until every worker has come here. */
  async wait(during: string): Promise<void> {
    await this.#communicator.allReduceSum(new Float64Array(1), during);
  }
}

type Leaf = number | boolean;

function* leavesOf(value: unknown): Generator<Leaf> {
  if (typeof value !== 'object' || value === null) yield value as Leaf;
  else for (const each of Object.values(value)) yield* leavesOf(each);
}

/** The same fields with other values, replaced in the order of `leavesOf`. */
function replaceLeaves(value: unknown, replace: (leaf: Leaf) => Leaf): unknown {
  if (typeof value !== 'object' || value === null) return replace(value as Leaf);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaceLeaves(each, replace)]));
}

function replaceNumbers(value: unknown, replace: (value: number) => number): unknown {
  return replaceLeaves(value, (leaf) => (typeof leaf === 'number' ? replace(leaf) : leaf));
}
