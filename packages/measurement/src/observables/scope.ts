import type { HostEvents } from '@unfold-zoo/core';
import type { Value, ValueKind } from './values/values.js';

/** A name that an expression may use. */
export interface ScopeEntry {
  readonly kind: ValueKind;
  /** Names of the features that it has besides its momentum; for detector objects. */
  readonly features?: readonly string[];
  /** Of a list of objects: the most that an event may have. */
  readonly capacity?: number;
  /** Its value in a block of events. */
  read(events: HostEvents): Value;
}

/** The names that an expression may use, those of the truth or those of the detector. */
export interface Scope {
  /** `particles of the truth`, for messages. */
  readonly title: string;
  readonly entries: ReadonlyMap<string, ScopeEntry>;
}
