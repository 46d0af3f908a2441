import type { EventSpec, HostEvents } from '@unfold-zoo/core';

/** A topology of two particles, whose detector sees jets and leptons in one set, and the missing momentum. */
export const TOY_SPEC: EventSpec = {
  name: 'toy',
  particles: [
    { name: 'top', label: 't' },
    { name: 'top_bar', label: 't bar' },
  ],
  inputs: {
    objects: {
      capacity: 4,
      features: [
        { name: 'mass', unit: 'GeV', scaling: 'log' },
        { name: 'pt', unit: 'GeV', scaling: 'log' },
        { name: 'eta', unit: '', scaling: 'standard' },
        { name: 'phi', unit: 'rad', scaling: 'standard' },
        { name: 'muon', unit: '', scaling: 'none', lepton: true },
        { name: 'b_jet', unit: '', scaling: 'none' },
      ],
    },
    met: {
      capacity: 1,
      features: [
        { name: 'pt', unit: 'GeV', scaling: 'log' },
        { name: 'phi', unit: 'rad', scaling: 'standard' },
      ],
    },
  },
};

/** Mass, energy, px, py and pz of a particle, GeV. */
export type ToyParticle = readonly [mass: number, energy: number, px: number, py: number, pz: number];
/** Mass, pt, eta, phi, whether it is a muon and whether it is a b jet. */
export type ToyObject = readonly [number, number, number, number, number, number];

/** One event. */
export interface ToyEvent {
  readonly particles?: readonly [ToyParticle, ToyParticle];
  readonly objects?: readonly ToyObject[];
  readonly met?: readonly [pt: number, phi: number];
}

const AT_REST: ToyParticle = [1, 1, 0, 0, 0];

/** Events in memory. */
export function toyEvents(events: readonly ToyEvent[]): HostEvents {
  const partons = events.flatMap(({ particles = [AT_REST, AT_REST] }) =>
    particles.flatMap(([mass, energy, px, py, pz]) => [mass, Math.log(energy), px, py, pz]),
  );
  const { capacity, features } = TOY_SPEC.inputs['objects']!;
  const empty = Array<number>(features.length).fill(0);
  const slots = events.flatMap(({ objects = [] }) => Array.from({ length: capacity }, (_, i) => objects[i] ?? empty));
  const mask = events.flatMap(({ objects = [] }) =>
    Array.from({ length: capacity }, (_, i) => Number(i < objects.length)),
  );
  return {
    size: events.length,
    partons: Float32Array.from(partons),
    inputs: {
      objects: { features: Float32Array.from(slots.flat()), mask: Float32Array.from(mask) },
      met: {
        features: Float32Array.from(events.flatMap(({ met = [0, 0] }) => met)),
        mask: new Float32Array(events.length).fill(1),
      },
    },
  };
}
