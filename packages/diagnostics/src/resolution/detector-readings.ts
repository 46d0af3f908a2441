import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import type { HostObjects, InputSpec, KinematicQuantity } from '@unfold-zoo/core/events';

/** What the detector says of one object; quantities that it does not measure are absent. GeV, radians. */
export type Reading = Readonly<Partial<Record<KinematicQuantity, number>>>;

/** Objects of one kind: all of an input, or those of it that are leptons, or that are not. */
export interface ObjectKind {
  /** What tables call it, e.g. `lepton of objects`. */
  readonly label: string;
  readonly input: string;
  /** Whether an object of the input is of this kind. */
  readonly holds: (object: Named) => boolean;
  /** How far off in direction, in eta and phi, an object may be that is taken for what is seen of a particle. */
  readonly reach: number;
}

/** Features of an object by name. */
type Named = Readonly<Record<string, number>>;

/** The usual size of a jet. */
const JET_RADIUS = 0.4;

/** The kinds of objects that a detector measures momenta of. */
export function objectKinds(spec: EventSpec): ObjectKind[] {
  return Object.entries(spec.inputs).flatMap(([input, { features, capacity }]) => {
    const names = new Set(features.map(({ name }) => name));
    const has = (...wanted: string[]): boolean => wanted.every((name) => names.has(name));
    if (!has('px', 'py') && !has('pt', 'phi')) return [];
    const classes = features.filter(({ lepton }) => lepton).map(({ name }) => name);
    const isLepton = (object: Named): boolean => classes.some((name) => object[name] === 1);
    const lepton = { label: `lepton of ${input}`, input, holds: isLepton, reach: Number.POSITIVE_INFINITY };
    const reach = capacity === 1 ? Number.POSITIVE_INFINITY : JET_RADIUS;
    const other = { label: input, input, holds: (object: Named) => !isLepton(object), reach };
    return classes.length > 0 ? [lepton, other] : [other];
  });
}

/** The objects of one kind in each event of a block. */
export function readings(spec: EventSpec, events: HostEvents, kind: ObjectKind): Reading[][] {
  const input = spec.inputs[kind.input]!;
  const objects = events.inputs[kind.input]!;
  return Array.from({ length: events.size }, (_, event) => {
    const found: Reading[] = [];
    for (let slot = event * input.capacity; slot < (event + 1) * input.capacity; slot++) {
      if (objects.mask[slot] === 0) continue;
      const object = named(input, objects, slot);
      if (kind.holds(object)) found.push(readingOf(object));
    }
    return found;
  });
}

function named({ features }: InputSpec, objects: HostObjects, slot: number): Named {
  const first = slot * features.length;
  return Object.fromEntries(features.map(({ name }, i) => [name, objects.features[first + i]!]));
}

/** Every quantity that follows from the features, by name, that an object has. */
export function readingOf(object: Readonly<Record<string, number>>): Reading {
  const { px = object['pt']! * Math.cos(object['phi']!), py = object['pt']! * Math.sin(object['phi']!) } = object;
  const pt = Math.sqrt(px * px + py * py);
  const transverse = { px, py, pt, phi: Math.atan2(py, px) };
  const eta = object['eta'] ?? (object['pz'] === undefined ? undefined : Math.asinh(object['pz'] / pt));
  if (eta === undefined) return transverse;
  const pz = object['pz'] ?? pt * Math.sinh(eta);
  const along = { ...transverse, eta, pz };
  const { mass, energy } = object;
  if (mass === undefined && energy === undefined) return along;
  const squared = px * px + py * py + pz * pz;
  return {
    ...along,
    energy: energy ?? Math.sqrt(mass! ** 2 + squared),
    mass: mass ?? Math.sqrt(Math.max(energy! ** 2 - squared, 0)),
  };
}
