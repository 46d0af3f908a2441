import { isUserError, UserError } from '@unfold-zoo/core';

/** Why a method makes nothing of a replica or a toy: that is the fault of its events, which differ each time. */
export interface Failed {
  readonly failed: string;
}

/** How many replicas or toys were left out, and why the first of them was. */
export interface LeftOut {
  readonly count: number;
  readonly reason: string;
}

/** The largest share of the replicas that may be left out; one may always be, if two are left. */
export const MOST_LEFT_OUT = 0.1;

/** What unfolding gives, or the message of its UserError. */
export async function orFailed<T>(unfold: () => Promise<T>): Promise<T | Failed> {
  try {
    return await unfold();
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { failed: error.message };
  }
}

/** Bins, or that some of them are no numbers, as those of weights that grow without end. */
export function finiteOrFailed(bins: readonly number[]): readonly number[] | Failed {
  return bins.every(Number.isFinite) ? bins : { failed: 'the unfolded numbers of events are not all finite' };
}

/** Results without those that failed, and what is told of these. */
export function sortFailed<T extends object>(
  all: readonly (T | Failed)[],
): { readonly found: readonly T[]; readonly leftOut?: LeftOut } {
  const failures = all.flatMap((each) => ('failed' in each ? [each.failed] : []));
  const found = all.filter((each): each is T => !('failed' in each));
  const [reason] = failures;
  return reason === undefined ? { found } : { found, leftOut: { count: failures.length, reason } };
}

/**
 * Refuses errors of too few of the replicas that were asked for: what is left out is no random part of them.
 * @param replicas what they are of, as a message calls them.
 * @throws UserError with the reason of the first that failed.
 */
export function checkLeftOut(leftOut: LeftOut | undefined, asked: number, replicas: string): void {
  if (!leftOut) return;
  if (leftOut.count <= Math.max(1, MOST_LEFT_OUT * asked) && leftOut.count <= asked - 2) return;
  throw new UserError(
    `invalid replicas: ${leftOut.count} of the ${asked} ${replicas} could not be unfolded, and more than ` +
      `${100 * MOST_LEFT_OUT} % leave no honest error; the first: ${leftOut.reason}`,
  );
}
