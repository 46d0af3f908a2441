import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '@unfold-zoo/core';
import { ownRank } from '../../workers/own-rank.js';
import { OtherWorkerFailed } from '../../workers/workers.js';
import { doInProcess, type InProcess, TaskProcesses } from '../tasks/do-in-process.js';
import { type Connection, dial } from './connection.js';
import { readMeeting } from './meeting.js';
import type { FromRankZero, ToRankZero } from './messages.js';
import { PATIENCE_SECONDS } from './other-ranks.js';

/** How another rank takes part in a benchmark. */
export interface Serving {
  /** Absolute path of the benchmark's folder, the same on every host. */
  readonly folder: string;
  /** Tasks at once. */
  readonly jobs: number;
  /** Aborted to stop the tasks of all ranks after their step. */
  readonly signal: AbortSignal;
  /** Told if rank 0 is lost. */
  readonly tell?: ((text: string) => void) | undefined;
}

const SECONDS_BETWEEN_LOOKS = 0.2;

/**
 * Does the tasks that rank 0 hands out, each in a process of its own, until nothing is left.
 * @throws UserError if rank 0 is not found, OtherWorkerFailed if it is lost.
 */
export async function serveRankZero(serving: Serving): Promise<'finished' | 'interrupted'> {
  const until = performance.now() + 1000 * PATIENCE_SECONDS;
  for (;;) {
    const connection = await reach(serving, until);
    if (!connection) return 'interrupted';
    const outcome = await serveOver(connection, serving);
    if (outcome !== 'refused') return outcome;
    await delay(1000 * SECONDS_BETWEEN_LOOKS);
  }
}

/** Undefined if the signal is aborted before. */
async function reach({ folder, signal }: Serving, until: number): Promise<Connection | undefined> {
  while (!signal.aborted) {
    const meeting = readMeeting(folder);
    try {
      if (meeting) return await dial(meeting.addresses, meeting.port, meeting.secret);
    } catch {
      // What a killed benchmark left, or rank 0 is about to listen.
    }
    if (performance.now() > until) throw notFound(folder, meeting?.addresses);
    await delay(1000 * SECONDS_BETWEEN_LOOKS);
  }
  return undefined;
}

function notFound(folder: string, addresses: readonly string[] | undefined): Error {
  const where = addresses ? `at ${addresses.join(', ')}` : `in ${folder}, which all hosts have to see`;
  return new UserError(`missing rank 0: ${who()} has looked for it for ${PATIENCE_SECONDS} s ${where}`);
}

const who = (): string => `rank ${ownRank()} on ${hostname()}`;

async function serveOver(
  connection: Connection,
  { jobs, signal, tell }: Serving,
): Promise<'finished' | 'interrupted' | 'refused'> {
  const stopped = new AbortController();
  const onSignal = (): void => {
    connection.send({ type: 'stop' } satisfies ToRankZero);
    stopped.abort();
  };
  using processes = new TaskProcesses(jobs);
  const state = { isWelcome: false, isOver: false };
  const hear = (message: FromRankZero): void => {
    if (message.type === 'task') void doTask(message, { connection, processes, signal: stopped.signal });
    else if (message.type === 'stop') stopped.abort();
    else if (message.type === 'welcome') state.isWelcome = true;
    else state.isOver = true;
  };
  connection.send({ type: 'here', rank: ownRank(), host: hostname(), jobs } satisfies ToRankZero);
  signal.addEventListener('abort', onSignal, { once: true });
  if (signal.aborted) onSignal();
  await new Promise<void>((resolve) => connection.listen(hear, resolve));
  signal.removeEventListener('abort', onSignal);
  if (!state.isWelcome) return 'refused';
  if (state.isOver) return stopped.signal.aborted ? 'interrupted' : 'finished';
  tell?.(`${who()} has lost rank 0; the same command goes on with the benchmark`);
  throw new OtherWorkerFailed(false);
}

interface Doing extends Omit<InProcess, 'tell'> {
  readonly connection: Connection;
}

async function doTask({ id, task }: Extract<FromRankZero, { type: 'task' }>, { connection, ...how }: Doing) {
  const send = (message: ToRankZero): void => connection.send(message);
  const outcome = await doInProcess(task, { ...how, tell: (message) => send({ type: 'told', id, message }) });
  send({ type: 'outcome', id, outcome });
}
