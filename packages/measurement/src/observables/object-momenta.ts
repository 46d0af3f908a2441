import type { HostObjects, InputSpec } from '@unfold-zoo/core/events';

/** What is known of each slot of an input in a block of events; GeV. */
export interface ObjectMomenta {
  readonly events: number;
  readonly capacity: number;
  isThere(slot: number): boolean;
  /** A feature by its name, which the input has. */
  feature(slot: number, name: string): number;
  readonly pt: (slot: number) => number;
  readonly px: (slot: number) => number;
  readonly py: (slot: number) => number;
  readonly pz: (slot: number) => number;
  readonly energy: (slot: number) => number;
}

/**
 * Momenta of the objects of an input, from whichever of px, py, pz, pt, phi, eta, mass and energy it has. What is not
 * measured, as pz of the missing momentum, is 0; a mass that is not known is 0. Of features that do not give a momentum
 * in the transverse plane, all of these are NaN.
 */
export function objectMomenta(input: InputSpec, { features, mask }: HostObjects): ObjectMomenta {
  const width = input.features.length;
  const indexOf = new Map(input.features.map(({ name }, i) => [name, i]));
  const feature = (slot: number, name: string): number => features[slot * width + indexOf.get(name)!]!;
  const has = (...names: string[]): boolean => names.every((name) => indexOf.has(name));
  const read = (name: string) => (slot: number) => feature(slot, name);
  const px = has('px') ? read('px') : polar(has('pt', 'phi'), (slot) => Math.cos(feature(slot, 'phi')));
  const py = has('py') ? read('py') : polar(has('pt', 'phi'), (slot) => Math.sin(feature(slot, 'phi')));
  const pt = (slot: number): number => Math.sqrt(px(slot) ** 2 + py(slot) ** 2);
  const pz = has('pz') ? read('pz') : has('eta') ? (slot: number) => pt(slot) * Math.sinh(feature(slot, 'eta')) : zero;
  const massOf = has('mass') ? read('mass') : zero;
  const fromMass = (slot: number): number => Math.sqrt(pt(slot) ** 2 + pz(slot) ** 2 + massOf(slot) ** 2);
  const energy = has('energy') ? read('energy') : fromMass;
  const events = mask.length / input.capacity;
  const isThere = (slot: number): boolean => mask[slot] !== 0;
  return { events, capacity: input.capacity, isThere, feature, pt, px, py, pz, energy };

  function polar(isKnown: boolean, share: (slot: number) => number): (slot: number) => number {
    return isKnown ? (slot) => feature(slot, 'pt') * share(slot) : () => Number.NaN;
  }
}

function zero(): number {
  return 0;
}
