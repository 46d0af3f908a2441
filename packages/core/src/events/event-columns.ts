import type { HostEvents } from '../contracts/events/event-spec.js';

/** [n] one number of the truth of each event; `width` is P. */
export function partonColumn(partons: Float32Array, width: number, column: number): Float64Array {
  return Float64Array.from({ length: partons.length / width }, (_, event) => partons[event * width + column]!);
}

/** [objects] one feature of the objects that an input has, event by event; padding is left out. */
export function objectFeature(
  { features, mask }: HostEvents['inputs'][string],
  width: number,
  feature: number,
): Float64Array {
  const objects = [...mask.keys()].filter((slot) => mask[slot] === 1);
  return Float64Array.from(objects, (slot) => features[slot * width + feature]!);
}
