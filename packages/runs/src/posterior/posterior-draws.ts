import type { EventSpec } from '@unfold-zoo/core';
import type { KinematicQuantity } from '@unfold-zoo/core/events';
import { type ParticleKinematics, particleKinematics } from '@unfold-zoo/metrics';
import { type SampleSummary, summariseSample } from '@unfold-zoo/report';
import { drawsNotFinite } from '../draws/draw-momenta.js';

/** One particle of one event in numbers: GeV, and radians for phi. */
export type KinematicSummary = Readonly<Record<KinematicQuantity, SampleSummary>>;

/** What was drawn for one event. */
export interface EventPosterior {
  /** By particle and quantity, [draws] each, e.g. `particles.hadronic_top.pt`. */
  readonly particles: ParticleKinematics;
  /** Draws that hold a number that is not finite; summaries are of the others. */
  readonly notFinite: number;
  /** Mean, standard deviation, median and central 68 % of each. */
  readonly summary: Readonly<Record<string, KinematicSummary>>;
}

/** An event's posterior as JSON: numbers in lists. */
export interface EventPosteriorJson {
  readonly particles: Readonly<Record<string, Readonly<Record<KinematicQuantity, readonly number[]>>>>;
  readonly summary: EventPosterior['summary'];
}

/**
 * Draws for events in memory. `JSON.stringify` writes all of them, and their summaries.
 * @example
 * const posterior = await run.posterior(events, { draws: 500 });
 * const { mass } = posterior.events[0].particles.hadronic_top; // 500 numbers, GeV
 */
export class PosteriorDraws {
  readonly events: readonly EventPosterior[];
  /** Draws of each event. */
  readonly draws: number;

  /** @param momenta row-major [events, draws, particles, 5]: mass, energy, px, py, pz in GeV. */
  constructor(spec: EventSpec, draws: number, momenta: Float32Array) {
    this.draws = draws;
    const width = draws * spec.particles.length * 5;
    this.events = Array.from({ length: momenta.length / width }, (_, event) =>
      eventPosterior(spec, draws, momenta.subarray(event * width, (event + 1) * width)),
    );
  }

  toJSON(): { readonly draws: number; readonly events: readonly EventPosteriorJson[] } {
    const events = this.events.map(({ particles, summary }) => ({
      particles: mapValues(particles, (quantities) => mapValues(quantities, (values) => Array.from(values))),
      summary,
    }));
    return { draws: this.draws, events };
  }
}

function eventPosterior(spec: EventSpec, draws: number, momenta: Float32Array): EventPosterior {
  const particles = particleKinematics(spec, momenta);
  const notFinite = drawsNotFinite(momenta, 1, draws)[0]!;
  const finite = (values: Float64Array): Float64Array => (notFinite > 0 ? values.filter(Number.isFinite) : values);
  let known: EventPosterior['summary'] | undefined;
  return {
    particles,
    notFinite,
    get summary() {
      known ??= mapValues(particles, (quantities) =>
        mapValues(quantities, (values, name) => summariseSample(finite(values), undefined, { angle: name === 'phi' })),
      );
      return known;
    },
  };
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  change: (value: From, key: Key) => To,
): Record<Key, To> {
  const entries = Object.entries(record) as [Key, From][];
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value, key)])) as Record<Key, To>;
}
