import { setTimeout as delay } from 'node:timers/promises';
import { Communicator, isUserError, Rng } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { CommonFailure } from '@unfold-zoo/core/workers';
import { ownRank } from './own-rank.js';

// A process joins others at most once, so what it has joined belongs to the process and not to a run.
let joined: Communicator | undefined;
/** Whether all workers know that one has failed. */
let haveAgreedToEnd = false;

/**
 * Joins the workers that a config asks for; whoever has joined before stays with them. With `kind: processes` this
 * returns in the workers alone, which run the whole program from its beginning: nothing may be changed before.
 */
export async function joinWorkers({ catalogue, choices, seed }: Config): Promise<Communicator> {
  if (joined) return joined;
  const communicator = catalogue.assemble(Communicator, choices, new Rng(seed).fork('init'));
  await communicator.open();
  joined = communicator;
  return communicator;
}

/**
 * Leaves the other workers when all have come to the same place: collective. What follows is for rank 0 alone.
 * Does nothing in a process that has joined no others.
 */
export async function leaveWorkers(): Promise<void> {
  const left = joined;
  joined = undefined;
  await left?.close();
}

/**
 * Ends the work of several workers after an error: in order where all workers know of it, else with the others, who
 * would wait for ever.
 * @param exitCode what all workers end with.
 */
export async function endWorkers(error: unknown, exitCode: number): Promise<void> {
  if (haveAgreedToEnd || error instanceof CommonFailure) await leaveWorkers();
  else if (joined && joined.world > 1) joined.abort(exitCode);
}

/** Another worker has failed and has said how. */
export class OtherWorkerFailed extends Error {
  override readonly name = 'OtherWorkerFailed';
  /** Whether it failed by a mistake of the user's. */
  readonly isUsersMistake: boolean;

  constructor(isUsersMistake: boolean) {
    super('another worker has failed');
    this.isUsersMistake = isUsersMistake;
  }
}

const OUTCOME = { done: 0, failed: 1, usersMistake: 2 } as const;

/**
 * Does the same on every worker, or fails on every one: collective. Where it fails on several, the error of the lowest
 * rank counts.
 * @throws OtherWorkerFailed on the other workers.
 */
export async function allOrNone<T>(communicator: Communicator, work: () => T | Promise<T>): Promise<T> {
  const { rank, world } = communicator;
  if (world === 1) return work();
  let outcome: { readonly value: T } | { readonly error: unknown };
  try {
    outcome = { value: await work() };
  } catch (error) {
    outcome = { error };
  }
  const codes = new Float64Array(world);
  if ('error' in outcome) codes[rank] = codeOf(outcome.error);
  await communicator.allReduceSum(codes);
  const failed = codes.findIndex((code) => code !== OUTCOME.done);
  if (failed < 0) return (outcome as { readonly value: T }).value;
  haveAgreedToEnd = true;
  if (failed === rank) throw (outcome as { readonly error: unknown }).error;
  throw new OtherWorkerFailed(codes[failed] === OUTCOME.usersMistake);
}

function codeOf(error: unknown): number {
  return isUsersMistake(error) ? OUTCOME.usersMistake : OUTCOME.failed;
}

/** Whether an error, of this worker or told by another, is a mistake of the user's. */
export function isUsersMistake(error: unknown): boolean {
  return error instanceof OtherWorkerFailed ? error.isUsersMistake : isUserError(error);
}

/** Does something on rank 0 while the others wait, or fails on every worker: collective. */
export async function onRankZero(communicator: Communicator, work: () => void | Promise<void>): Promise<void> {
  await allOrNone(communicator, () => (communicator.rank === 0 ? work() : undefined));
}

/** The sum of a number over the workers: collective. */
export async function total(communicator: Communicator, value: number): Promise<number> {
  const sum = Float64Array.of(value);
  await communicator.allReduceSum(sum);
  return sum[0]!;
}

/** Whether something is so on any worker: collective. */
export async function anyOf(communicator: Communicator, holds: boolean): Promise<boolean> {
  return (await total(communicator, holds ? 1 : 0)) > 0;
}

/** Whether another worker tells the user of an error. */
export function isToldByAnother(error: unknown): boolean {
  return error instanceof OtherWorkerFailed || (error instanceof CommonFailure && ownRank() > 0);
}

/** How long another waits for rank 0 to say what is wrong for all before it says so itself. */
const PATIENCE_MILLISECONDS = 3000;

/**
 * Before the workers have joined, each may find the same mistake: whoever is not rank 0 waits until that one has told
 * of it.
 */
export async function deferToRankZero(): Promise<void> {
  if (!joined && ownRank() > 0) await delay(PATIENCE_MILLISECONDS);
}
