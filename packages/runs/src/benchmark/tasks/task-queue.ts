/** How often a task may be lost with the place that is at it before it is given to no other. */
const MOST_LOSSES = 2;

/** What is left to do, handed out one by one, the longest first. */
export class TaskQueue {
  readonly #cost: (task: number) => number;
  readonly #pending: number[];
  readonly #losses = new Map<number, number>();
  /** Those who wait for a task. */
  readonly #waiting = new Set<(task: number | undefined) => void>();
  readonly #onOver: () => void;
  #underWay = 0;
  #isClosed = false;

  /**
   * @param cost how long a task takes, as far as it is known by then.
   * @param onOver called when every task has ended, or those have that were under way when the queue was closed.
   */
  constructor(tasks: number, cost: (task: number) => number, onOver: () => void) {
    this.#cost = cost;
    this.#pending = Array.from({ length: tasks }, (_, task) => task);
    this.#onOver = onOver;
  }

  /**
   * The next task. While others are under way, whose places may be lost, waits for one that comes back.
   * @returns undefined if there is none any more, or whoever asks is gone.
   */
  async next(gone?: AbortSignal): Promise<number | undefined> {
    if (this.#isClosed || gone?.aborted) return undefined;
    if (this.#pending.length > 0) return this.#take();
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      gone?.addEventListener('abort', () => this.#waiting.delete(resolve) && resolve(undefined), { once: true });
    });
  }

  /** A task has ended. */
  end(): void {
    this.#underWay--;
    if (this.#underWay === 0 && (this.#isClosed || this.#pending.length === 0)) this.#finish();
  }

  /** A task's place is lost. Returns whether another may go on with it: unless it has been lost too often. */
  giveBack(task: number): boolean {
    const losses = (this.#losses.get(task) ?? 0) + 1;
    this.#losses.set(task, losses);
    if (losses >= MOST_LOSSES) return false;
    this.#pending.push(task);
    this.#underWay--;
    const [waiting] = this.#waiting;
    if (this.#isClosed && this.#underWay === 0) this.#finish();
    else if (waiting && this.#waiting.delete(waiting)) waiting(this.#take());
    return true;
  }

  /** Hands out no more. */
  close(): void {
    this.#isClosed = true;
    if (this.#underWay === 0) this.#finish();
  }

  #finish(): void {
    this.#isClosed = true;
    for (const waiting of this.#waiting) waiting(undefined);
    this.#waiting.clear();
    this.#onOver();
  }

  // Of those that take equally long the first.
  #take(): number {
    const costs = this.#pending.map(this.#cost);
    const [task] = this.#pending.splice(costs.indexOf(Math.max(...costs)), 1);
    this.#underWay++;
    return task!;
  }
}
