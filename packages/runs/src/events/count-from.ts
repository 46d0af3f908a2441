import { UserError } from '@unfold-zoo/core';

/**
 * How many events a range has: `events` of them, or all, from number `start` on, as far as there are any.
 * @param whose whose the `size` events are, for messages: `there are`, `the test split has`.
 * @throws UserError for a range that begins behind the last event.
 */
export function countFrom(
  size: number,
  { start = 0, events = Number.POSITIVE_INFINITY }: { start?: number | undefined; events?: number | undefined },
  whose: string,
): number {
  if (start < size) return Math.min(events, size - start);
  throw new UserError(
    (option) => `invalid ${option('start')}: ${start}; ${whose} ${size} events, the first is number 0`,
  );
}
