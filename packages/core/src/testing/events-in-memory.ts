import type { EventSource } from '../contracts/events/event-source.js';
import type { EventSpec, HostEvents, Split } from '../contracts/events/event-spec.js';
import { sliceEvents } from '../events/slice-events.js';

/**
 * A source of events in memory, for tests. A split that is not given is empty.
 * @throws RangeError, when read, for events that it does not have.
 */
export function eventsInMemory(spec: EventSpec, splits: Partial<Record<Split, HostEvents>>): EventSource {
  return {
    spec,
    blockSize: 1024,
    open: async () => {},
    close: async () => {},
    hasTruth: (split) => splits[split]?.partons !== undefined,
    count: (split) => splits[split]?.size ?? 0,
    read: async (split, start, count) => {
      const all = splits[split];
      if (!all || start + count > all.size) {
        throw new RangeError(`missing events: asked for ${start} to ${start + count} of ${all?.size ?? 0}`);
      }
      return sliceEvents(all, spec, start, count);
    },
  };
}
