import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import { type ObjectKind, seenParticles } from '@unfold-zoo/diagnostics';
import { type Kinematics, kinematics, type ParticleKinematics } from '@unfold-zoo/metrics';
import { choiceOf } from '../studies/quantities.js';
import type { DrawnParticle, PosteriorView } from '../view/event-view.js';
import { CLOUD } from '../view/join-posteriors.js';

/** What was drawn for an event, and what of it pages ask for. */
export interface DrawnEvent {
  readonly spec: EventSpec;
  /** What the detector saw of the event, as models take it. */
  readonly seen: HostEvents;
  /** What it sees each particle as. */
  readonly kinds: readonly (ObjectKind | undefined)[];
  readonly particles: ParticleKinematics;
  readonly draws: number;
  /** Keys of quantities. */
  readonly quantities: readonly string[];
}

/** Draws for an event as pages show them. @throws UserError for a quantity that the topology does not have. */
export function posteriorView(drawn: DrawnEvent): PosteriorView {
  const { spec, particles, draws, quantities } = drawn;
  const kept = finiteDraws(particles, draws);
  const values = quantities.map((key): [string, number[]] => {
    const { particle, quantity } = choiceOf(spec, key);
    return [key, kept.map((draw) => particles[spec.particles[particle]!.name]![quantity][draw]!)];
  });
  return {
    draws,
    notFinite: draws - kept.length,
    values: Object.fromEntries(values),
    readings: kept.length === 0 ? {} : readingsOf(drawn, kept),
    cloud: finalParticles(spec).map((particle) => cloudOf(spec, particles, particle, kept.slice(0, CLOUD))),
  };
}

/** Indices of the particles that decay to no other. */
export function finalParticles({ particles }: EventSpec): number[] {
  return [...particles.keys()].filter((particle) => particles[particle]!.decaysTo === undefined);
}

/** Numbers of the draws all of whose momenta are finite. */
function finiteDraws(particles: ParticleKinematics, draws: number): number[] {
  const all = Object.values(particles);
  const hasNumbers = (draw: number): boolean =>
    all.every(({ mass, energy, px, py, pz }) =>
      [mass, energy, px, py, pz].every((column) => Number.isFinite(column[draw])),
    );
  return Array.from({ length: draws }, (_, draw) => draw).filter(hasNumbers);
}

/** What the detector reads of quantities, by key, where it sees their particle. */
function readingsOf(drawn: DrawnEvent, kept: readonly number[]): Record<string, number> {
  const { spec, seen, kinds, particles, quantities } = drawn;
  const found = seenParticles(spec, seen, kinds, means(spec, particles, kept));
  const readings = quantities.flatMap((key): [string, number][] => {
    const { particle, quantity } = choiceOf(spec, key);
    const reading = found[particle]?.[0]?.[quantity];
    return reading === undefined ? [] : [[key, reading]];
  });
  return Object.fromEntries(readings);
}

/** The mean momentum of each particle as one row. */
function means({ particles: list }: EventSpec, particles: ParticleKinematics, kept: readonly number[]): Kinematics[] {
  return list.map(({ name }) => {
    const drawn = particles[name]!;
    const mean = (column: Float64Array): Float64Array =>
      Float64Array.of(kept.reduce((sum, draw) => sum + column[draw]!, 0) / kept.length);
    const [mass, energy, px, py, pz] = (['mass', 'energy', 'px', 'py', 'pz'] as const).map((each) => mean(drawn[each]));
    return kinematics({ mass: mass!, energy: energy!, px: px!, py: py!, pz: pz! });
  });
}

function cloudOf(
  { particles: list }: EventSpec,
  particles: ParticleKinematics,
  particle: number,
  kept: readonly number[],
): DrawnParticle {
  const { name, label } = list[particle]!;
  const { pt, eta, phi } = particles[name]!;
  const pick = (column: Float64Array): number[] => kept.map((draw) => column[draw]!);
  return { name, label, pt: pick(pt), eta: pick(eta), phi: pick(phi) };
}
