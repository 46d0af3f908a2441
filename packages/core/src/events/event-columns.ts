import type { HostEvents, InputSpec } from '../contracts/events/event-spec.js';

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

/**
 * How objects of an input are put in order, given by their numbers: those of a class of leptons first, then by
 * transverse momentum, from the highest; as they are where that is not among the features [objects, features].
 */
export function leptonsFirst({ features: specs }: InputSpec, features: Float32Array): (objects: number[]) => number[] {
  const pt = specs.findIndex(({ name }) => name === 'pt');
  const leptons = specs.flatMap(({ lepton }, i) => (lepton ? [i] : []));
  const at = (object: number, feature: number): number => features[object * specs.length + feature]!;
  const isLepton = (object: number): number => Number(leptons.some((feature) => at(object, feature) !== 0));
  return (objects) => objects.sort((a, b) => isLepton(b) - isLepton(a) || (pt < 0 ? 0 : at(b, pt) - at(a, pt)));
}
