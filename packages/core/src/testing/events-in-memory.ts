import type { EventSource } from '../contracts/event-source.js';
import { type EventSpec, type HostEvents, partonWidth, type Split } from '../contracts/event-spec.js';

/** A source of events that are there, for tests. A split that is not given is empty. */
export function eventsInMemory(spec: EventSpec, splits: Partial<Record<Split, HostEvents>>): EventSource {
  return {
    spec,
    blockSize: 1024,
    open: async () => {},
    close: async () => {},
    count: (split) => splits[split]?.size ?? 0,
    read: async (split, start, count) => {
      const all = splits[split];
      if (!all || start + count > all.size) {
        throw new RangeError(`missing events: asked for ${start} to ${start + count} of ${all?.size ?? 0}`);
      }
      return part(all, spec, start, count);
    },
  };
}

function part({ partons, inputs, weights }: HostEvents, spec: EventSpec, start: number, count: number): HostEvents {
  const rows = (values: Float32Array, width: number): Float32Array =>
    values.slice(start * width, (start + count) * width);
  const objects = Object.entries(spec.inputs).map(([name, { capacity, features }]) => {
    const { features: values, mask } = inputs[name]!;
    return [name, { features: rows(values, capacity * features.length), mask: rows(mask, capacity) }];
  });
  return {
    size: count,
    partons: rows(partons, partonWidth(spec)),
    inputs: Object.fromEntries(objects),
    ...(weights && { weights: rows(weights, 1) }),
  };
}
