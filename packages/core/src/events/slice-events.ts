import { type EventSpec, type HostEvents, partonWidth } from '../contracts/events/event-spec.js';

/** A copy of the events `start` to `start + count` of a block. */
export function sliceEvents(
  { partons, inputs, weights }: HostEvents,
  spec: EventSpec,
  start: number,
  count: number,
): HostEvents {
  const rows = (values: Float32Array, width: number): Float32Array =>
    values.slice(start * width, (start + count) * width);
  const objects = Object.entries(spec.inputs).map(([name, { capacity, features }]) => {
    const { features: values, mask } = inputs[name]!;
    return [name, { features: rows(values, capacity * features.length), mask: rows(mask, capacity) }];
  });
  return {
    size: count,
    inputs: Object.fromEntries(objects),
    ...(partons && { partons: rows(partons, partonWidth(spec)) }),
    ...(weights && { weights: rows(weights, 1) }),
  };
}
