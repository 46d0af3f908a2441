import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import { truePartons } from '@unfold-zoo/core/events';
import { type Kinematics, wrapped } from '@unfold-zoo/metrics';
import { kinematicsOfAll } from '../draws/quantity-blocks.js';
import { type ObjectKind, objectKinds, type Reading, readings } from './detector-readings.js';

/** A particle is seen as objects whose momenta are off by less than this share of its own in half of the events. */
const USUALLY_OFF = 0.5;

/** The true kinematics of each particle in a block of events. */
export function trueKinematics(spec: EventSpec, events: HostEvents): Kinematics[] {
  return kinematicsOfAll(spec, truePartons(events));
}

/**
 * What kind of object the detector sees each particle as; undefined for those that it does not see, as those that
 * decay. The event description does not say so: it is the kind whose object nearest in direction has the momentum that
 * is nearest. A single object, as the missing momentum, is what one particle is seen as: the neutrino that is declared,
 * or else the nearest.
 */
export function matchParticles(spec: EventSpec, events: HostEvents): (ObjectKind | undefined)[] {
  const truth = trueKinematics(spec, events);
  const matches: { kind?: ObjectKind; off: number }[] = truth.map(() => ({ off: USUALLY_OFF }));
  for (const kind of objectKinds(spec)) {
    const found = readings(spec, events, kind);
    const off = truth.map((particle) => medianOff(particle, nearestReadings(particle, found, kind)));
    const declared = spec.neutrinoOfW?.missing === kind.input ? neutrinoIndex(spec) : -1;
    const only = declared >= 0 ? declared : off.indexOf(Math.min(...off));
    for (const particle of truth.keys()) {
      if (spec.inputs[kind.input]!.capacity === 1 && particle !== only) continue;
      if (particle === declared || off[particle]! < matches[particle]!.off) {
        matches[particle] = { kind, off: off[particle]! };
      }
    }
  }
  return matches.map(({ kind }) => kind);
}

function neutrinoIndex({ particles, neutrinoOfW }: EventSpec): number {
  return particles.findIndex(({ name }) => name === neutrinoOfW?.particle);
}

/**
 * What the detector sees of each particle in each of n events: the object of its kind that is nearest in direction, if
 * there is one within reach.
 * @param kinds what each particle is seen as; undefined for those that are not seen.
 * @param particles each of [n, each] configurations of the events, truths or draws.
 * @returns for each particle [n, each]; undefined for those that are not seen.
 */
export function seenParticles(
  spec: EventSpec,
  events: HostEvents,
  kinds: readonly (ObjectKind | undefined)[],
  particles: readonly Kinematics[],
): ((Reading | undefined)[] | undefined)[] {
  const found = new Map([...new Set(kinds)].map((kind) => [kind, kind ? readings(spec, events, kind) : []]));
  return kinds.map((kind, particle) => kind && nearestReadings(particles[particle]!, found.get(kind)!, kind));
}

/** Of a particle [n, each] the objects of n events that are nearest: [n, each]. */
function nearestReadings(
  particle: Kinematics,
  found: readonly Reading[][],
  { reach }: ObjectKind,
): (Reading | undefined)[] {
  const each = particle.pt.length / found.length;
  return Array.from(particle.pt, (_, row) => nearestOf(particle, row, found[Math.floor(row / each)]!, reach));
}

function nearestOf(particle: Kinematics, row: number, objects: readonly Reading[], reach: number) {
  const { object, distance } = nearestObject(particle, row, objects);
  return distance <= reach ? objects[object] : undefined;
}

/** An object by its place among others, -1 for none, and how far off in direction it is. */
export interface NearestObject {
  readonly object: number;
  readonly distance: number;
}

/** The object whose direction is nearest to row `row` of a particle. */
export function nearestObject(particle: Kinematics, row: number, objects: readonly Reading[]): NearestObject {
  let [object, least] = [-1, Number.POSITIVE_INFINITY];
  for (const [i, reading] of objects.entries()) {
    const distance = angularDistance(particle, row, reading);
    if (distance < least) [object, least] = [i, distance];
  }
  return { object, distance: least };
}

/** In eta and phi; in phi alone for what has no direction along the beam. */
function angularDistance(particle: Kinematics, event: number, object: Reading): number {
  const acrossBeam = wrapped(particle.phi[event]! - object.phi!);
  return object.eta === undefined ? Math.abs(acrossBeam) : Math.hypot(particle.eta[event]! - object.eta, acrossBeam);
}

/** Median distance of a particle's momentum from that of the object that it may be seen as, relative to itself. */
function medianOff(particle: Kinematics, nearest: readonly (Reading | undefined)[]): number {
  const off = nearest.map((reading, event) =>
    reading ? momentumDistance(particle, event, reading) : Number.POSITIVE_INFINITY,
  );
  return off.toSorted((a, b) => a - b)[Math.floor(off.length / 2)] ?? Number.POSITIVE_INFINITY;
}

/** Across the beam alone for what has no momentum along it. */
function momentumDistance({ px, py, pz, pt }: Kinematics, event: number, reading: Reading): number {
  const across = Math.hypot(px[event]! - reading.px!, py[event]! - reading.py!);
  if (reading.pz === undefined) return across / pt[event]!;
  return Math.hypot(across, pz[event]! - reading.pz) / Math.hypot(pt[event]!, pz[event]!);
}
