import type { TaskOutcome, ToldMessage } from '../tasks/do-in-process.js';
import type { Place } from '../tasks/place.js';
import type { NamedTask } from '../tasks/task.js';
import type { Connection } from './connection.js';
import type { FromRankZero, ToRankZero } from './messages.js';

/** A task that another rank is at. */
interface UnderWay {
  tell(message: ToldMessage): void;
  resolve(outcome: TaskOutcome | 'lost'): void;
}

/** Another rank as rank 0 sees it. */
export class OtherRank implements Place {
  readonly name: string;
  readonly jobs: number;
  readonly #connection: Connection;
  readonly #underWay = new Map<number, UnderWay>();
  readonly #gone = new AbortController();
  #tasks = 0;

  constructor(connection: Connection, { rank, host, jobs }: Extract<ToRankZero, { type: 'here' }>) {
    this.name = `rank ${rank} on ${host}`;
    this.jobs = jobs;
    this.#connection = connection;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  do({ task }: NamedTask, tell: (message: ToldMessage) => void, signal: AbortSignal): Promise<TaskOutcome | 'lost'> {
    if (this.gone.aborted) return Promise.resolve('lost');
    const id = this.#tasks++;
    const stop = (): void => this.#send({ type: 'stop' });
    signal.addEventListener('abort', stop, { once: true });
    this.#send({ type: 'task', id, task });
    return new Promise((resolve) => {
      const end = (outcome: TaskOutcome | 'lost'): void => {
        signal.removeEventListener('abort', stop);
        resolve(outcome);
      };
      this.#underWay.set(id, { tell, resolve: end });
    });
  }

  hear(message: Extract<ToRankZero, { id: number }>): void {
    const { id } = message;
    const underWay = this.#underWay.get(id);
    if (message.type === 'told') underWay?.tell(message.message);
    else underWay?.resolve(message.outcome);
    if (message.type === 'outcome') this.#underWay.delete(id);
  }

  lose(): void {
    this.#gone.abort();
    for (const { resolve } of this.#underWay.values()) resolve('lost');
    this.#underWay.clear();
  }

  end(): void {
    this.#send({ type: 'end' });
    this.#connection.close();
  }

  #send(message: FromRankZero): void {
    this.#connection.send(message);
  }
}
