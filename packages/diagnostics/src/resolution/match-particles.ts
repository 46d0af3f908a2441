import type { EventSpec, HostEvents, KinematicQuantity } from '@unfold-zoo/core';
import { truePartons } from '@unfold-zoo/core/events';
import { kinematics, particleMomenta, partonColumns } from '@unfold-zoo/metrics';
import { wrapped } from '../draws/quantity-blocks.js';
import { type ObjectKind, objectKinds, type Reading, readings } from './detector-readings.js';

/** A particle is seen as objects whose momenta are off by less than this share of its own in half of the events. */
const USUALLY_OFF = 0.5;

/** Kinematic quantities of a particle in each event, [n] each. */
export type ParticleKinematics = Readonly<Record<KinematicQuantity, Float64Array>>;

/** The true kinematics of each particle in a block of events. */
export function trueKinematics(spec: EventSpec, events: HostEvents): ParticleKinematics[] {
  const columns = partonColumns(spec, truePartons(events));
  return spec.particles.map((_, particle) => kinematics(particleMomenta(columns, particle)));
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
    const off = truth.map((particle) => medianOff(particle, found, kind));
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

/** The object nearest in direction to a particle in one event, if there is one within reach. */
export function nearestReading(
  particle: ParticleKinematics,
  event: number,
  { objects, reach }: { objects: readonly Reading[]; reach: number },
): Reading | undefined {
  const distances = objects.map((object) => angularDistance(particle, event, object));
  const least = Math.min(...distances);
  return least <= reach ? objects[distances.indexOf(least)] : undefined;
}

/** In eta and phi; in phi alone for what has no direction along the beam. */
function angularDistance(particle: ParticleKinematics, event: number, object: Reading): number {
  const acrossBeam = wrapped(particle.phi[event]! - object.phi!);
  return object.eta === undefined ? Math.abs(acrossBeam) : Math.hypot(particle.eta[event]! - object.eta, acrossBeam);
}

/** Median distance of a particle's momentum from that of the object that it may be seen as, relative to itself. */
function medianOff(particle: ParticleKinematics, found: readonly Reading[][], { reach }: ObjectKind): number {
  const off = found.map((objects, event) => {
    const nearest = nearestReading(particle, event, { objects, reach });
    return nearest ? momentumDistance(particle, event, nearest) : Number.POSITIVE_INFINITY;
  });
  return off.toSorted((a, b) => a - b)[Math.floor(off.length / 2)] ?? Number.POSITIVE_INFINITY;
}

/** Across the beam alone for what has no momentum along it. */
function momentumDistance({ px, py, pz, pt }: ParticleKinematics, event: number, reading: Reading): number {
  const across = Math.hypot(px[event]! - reading.px!, py[event]! - reading.py!);
  if (reading.pz === undefined) return across / pt[event]!;
  return Math.hypot(across, pz[event]! - reading.pz) / Math.hypot(pt[event]!, pz[event]!);
}
