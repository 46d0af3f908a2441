import type { EventSource } from '../contracts/events/event-source.js';
import type { HostEvents, Split } from '../contracts/events/event-spec.js';
import { UserError } from '../errors.js';

/**
 * The parton vectors of events, row-major [n, P] in physical units.
 * @throws UserError for events whose truth is not known.
 */
export function truePartons({ partons }: HostEvents): Float32Array {
  if (partons) return partons;
  throw new UserError('missing truth: these events have none; take events that were simulated');
}

/**
 * Refuses a split whose truth is not known. `purpose` says what needs it, e.g. `training`.
 * @throws UserError
 */
export function checkTruth(source: EventSource, split: Split, purpose: string): void {
  if (source.hasTruth(split)) return;
  throw new UserError(`missing truth: the ${split} split has none, and ${purpose} needs it; take simulated events`);
}
