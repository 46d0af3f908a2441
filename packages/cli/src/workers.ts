import { setTimeout as delay } from 'node:timers/promises';
import { Communicator, isUserError, Rng } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { CommonFailure } from '@unfold-zoo/core/workers';
import { EXIT } from './main.js';
import { ownRank } from './own-rank.js';

let joined: Communicator | undefined;
/** Whether all workers know that the command has failed. */
let haveAgreedToEnd = false;

/**
 * Joins the workers that a config asks for; whoever has joined before stays with them. With `kind: processes` this
 * returns in the workers alone, which run the whole command from its beginning: nothing may be changed before.
 */
export async function joinWorkers({ catalogue, choices, seed }: Config): Promise<Communicator> {
  if (joined) return joined;
  const communicator = catalogue.assemble(Communicator, choices, new Rng(seed).fork('init'));
  await communicator.open();
  joined = communicator;
  return communicator;
}

/** Leaves the other workers when all have come to the same place. What follows is for one of them alone. */
export async function leaveWorkers(): Promise<void> {
  const left = joined;
  joined = undefined;
  await left?.close();
}

/** Ends the command after an error: in order where all workers know of it, else with the others, who would wait. */
export async function endWorkers(error: unknown, exitCode: number): Promise<void> {
  if (haveAgreedToEnd || error instanceof CommonFailure) await leaveWorkers();
  else if (joined && joined.world > 1) joined.abort(exitCode);
}

/** Another worker has failed and has said how. */
export class EndedByAnother extends Error {
  override readonly name = 'EndedByAnother';

  constructor(readonly exitCode: number) {
    super('another worker has failed');
  }
}

/**
 * Does the same on every worker, or fails on every one: collective. Where it fails on several, the error of the first
 * is the one that is printed.
 */
export async function together<T>(communicator: Communicator, work: () => T | Promise<T>): Promise<T> {
  const { rank, world } = communicator;
  if (world === 1) return work();
  let outcome: { readonly value: T } | { readonly error: unknown };
  try {
    outcome = { value: await work() };
  } catch (error) {
    outcome = { error };
  }
  const codes = new Float64Array(world);
  if ('error' in outcome) codes[rank] = exitCodeOf(outcome.error);
  await communicator.allReduceSum(codes);
  const failed = codes.findIndex((code) => code !== EXIT.ok);
  if (failed < 0) return (outcome as { readonly value: T }).value;
  haveAgreedToEnd = true;
  throw failed === rank ? (outcome as { readonly error: unknown }).error : new EndedByAnother(codes[failed]!);
}

/** Does something on worker 0 while the others wait, or fails on every worker: collective. */
export async function onFirst(communicator: Communicator, work: () => void | Promise<void>): Promise<void> {
  await together(communicator, () => (communicator.rank === 0 ? work() : undefined));
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

/** Whether another worker tells of an error. */
export function isToldByAnother(error: unknown): boolean {
  return error instanceof EndedByAnother || (error instanceof CommonFailure && ownRank() > 0);
}

/** How the shell is told of an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof EndedByAnother) return error.exitCode;
  return isUserError(error) ? EXIT.userError : EXIT.failed;
}

/** How long another waits for worker 0 to say what is wrong for all before it says so itself. */
const FIRST_WORD_MILLISECONDS = 3000;

/** Before the workers have joined, each may find the same mistake: whoever is not the first lets that one speak. */
export async function letFirstSpeak(): Promise<void> {
  if (!joined && ownRank() > 0) await delay(FIRST_WORD_MILLISECONDS);
}
