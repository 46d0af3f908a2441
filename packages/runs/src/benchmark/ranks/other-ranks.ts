import type { Server } from 'node:tls';
import { launchedWithOthers } from '@unfold-zoo/core/workers';
import type { Place } from '../tasks/place.js';
import { type Connection, listen } from './connection.js';
import { newSecret, removeMeeting, writeMeeting } from './meeting.js';
import type { FromRankZero, ToRankZero } from './messages.js';
import { OtherRank } from './other-rank.js';

/** How long the other ranks may take to come, and each to find rank 0. */
export const PATIENCE_SECONDS = 120;

/**
 * The other ranks of a benchmark as rank 0 sees them: each comes when it can, does tasks, and may be lost at any time.
 */
export class OtherRanks implements AsyncDisposable {
  readonly #folder: string;
  readonly #server: Server;
  /** How many there are. */
  readonly #others: number;
  readonly #present = new Map<number, OtherRank>();
  readonly #stopped = new AbortController();
  readonly #patience: NodeJS.Timeout;
  #onPlace: (place: Place) => void = () => {};
  #isWaiting = true;
  #onWaited: () => void = () => {};

  private constructor(folder: string, server: Server, world: number) {
    this.#folder = folder;
    this.#server = server;
    this.#others = world - 1;
    this.#patience = setTimeout(() => this.#waitNoLonger(), 1000 * PATIENCE_SECONDS);
  }

  /** Waits for those that the launcher has started; undefined if it has started no others. */
  static async expect(folder: string, signal?: AbortSignal): Promise<OtherRanks | undefined> {
    const launched = launchedWithOthers();
    if (!launched) return undefined;
    const secret = newSecret();
    let ranks: OtherRanks | undefined;
    const server = await listen(secret, (connection) => ranks!.#meet(connection));
    ranks = new OtherRanks(folder, server, launched.world);
    signal?.addEventListener('abort', () => ranks.#waitNoLonger(), { once: true });
    const { port } = server.address() as { port: number };
    try {
      writeMeeting(folder, { port, secret });
    } catch (error) {
      server.close();
      throw error;
    }
    return ranks;
  }

  /** Aborted when one of them was asked to stop. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Calls `onPlace` for each task that one of them can do at once, as it comes. */
  offer(onPlace: (place: Place) => void): void {
    this.#onPlace = onPlace;
    for (const rank of this.#present.values()) for (let job = 0; job < rank.jobs; job++) onPlace(rank);
  }

  #meet(connection: Connection): void {
    let rank: OtherRank | undefined;
    connection.listen<ToRankZero>(
      (message) => {
        if (message.type === 'here') rank = this.#welcome(connection, message);
        else if (message.type === 'stop') this.#stop();
        else rank?.hear(message);
      },
      () => rank?.lose(),
    );
  }

  // A number that is there already is of another start of the same benchmark, which is refused in a moment.
  #welcome(connection: Connection, here: Extract<ToRankZero, { type: 'here' }>): OtherRank | undefined {
    if (this.#present.has(here.rank)) {
      connection.close();
      return undefined;
    }
    const rank = new OtherRank(connection, here);
    this.#present.set(here.rank, rank);
    connection.send({ type: 'welcome' } satisfies FromRankZero);
    for (let job = 0; job < here.jobs; job++) this.#onPlace(rank);
    if (this.#present.size === this.#others) this.#waitNoLonger();
    return rank;
  }

  #stop(): void {
    this.#stopped.abort();
    this.#waitNoLonger();
  }

  /** Those that have not come may come all the same, but are not waited for. */
  #waitNoLonger(): void {
    clearTimeout(this.#patience);
    this.#isWaiting = false;
    this.#onWaited();
  }

  /** Tells all of them that nothing is left to do, also those that are still on their way. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isWaiting) {
      await new Promise<void>((resolve) => {
        this.#onWaited = resolve;
      });
    }
    for (const rank of this.#present.values()) rank.end();
    removeMeeting(this.#folder);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
