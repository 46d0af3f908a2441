import { type EventSpec, type HostEvents, UserError } from '@unfold-zoo/core';
import { type EventScaling, type InputSpec, leptonsFirst, scaleFeatures } from '@unfold-zoo/core/events';

/**
 * Detector configurations as vectors [n, F] that can be compared: all features of all inputs as models see them,
 * standardised, classes as 0 or 1. In each input objects of a class of leptons stand first, then the rest, both in
 * order of pT, from the highest; empty slots are 0, the mean of every standardised feature. Two events of the same
 * objects in another order are the same.
 * @throws UserError for a set of objects without a feature `pt`, by which it could be sorted.
 */
export function detectorConfigurations(spec: EventSpec, scaling: EventScaling, events: HostEvents): Float32Array {
  const width = configurationWidth(spec);
  const configurations = new Float32Array(events.size * width);
  let first = 0;
  for (const [name, input] of Object.entries(spec.inputs)) {
    const slots = input.capacity * input.features.length;
    const features = scaleFeatures(scaling.inputs[name]!, events.inputs[name]!);
    checkOrder(name, input);
    const order = leptonsFirst(input, events.inputs[name]!.features);
    for (let event = 0; event < events.size; event++) {
      const used = presentObjects(events.inputs[name]!.mask, event * input.capacity, input.capacity);
      order(used).forEach((object, place) => {
        const from = object * input.features.length;
        const row = features.subarray(from, from + input.features.length);
        configurations.set(row, event * width + first + place * input.features.length);
      });
    }
    first += slots;
  }
  return configurations;
}

/** Numbers of one configuration, F. */
export function configurationWidth(spec: EventSpec): number {
  return Object.values(spec.inputs).reduce((sum, { capacity, features }) => sum + capacity * features.length, 0);
}

function presentObjects(mask: Float32Array, start: number, capacity: number): number[] {
  const used: number[] = [];
  for (let i = start; i < start + capacity; i++) if (mask[i] !== 0) used.push(i);
  return used;
}

function checkOrder(name: string, { capacity, features }: InputSpec): void {
  if (capacity === 1 || features.some((feature) => feature.name === 'pt')) return;
  throw new UserError(`invalid input ${name}: it has no feature "pt" to sort its objects by`);
}
