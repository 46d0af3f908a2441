import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import { type InputSpec, leptonsFirst, partonWidth } from '@unfold-zoo/core/events';
import type { Kinematics } from '@unfold-zoo/metrics';
import { kinematicsOfAll } from '../draws/quantity-blocks.js';
import type { Reading } from '../resolution/detector-readings.js';
import { matchParticles, seenParticles } from '../resolution/match-particles.js';

/** Numbers of a row and what they are about. */
export interface FeatureColumn {
  /** Name of a particle, or `DETECTOR`. */
  readonly group: string;
}

/** Group of the features that are the detector's alone. */
export const DETECTOR = 'what the detector saw';

/** Objects of an input beyond this many, the softest, are left out: few events have them. */
const MOST_OBJECTS = 8;

const FEATURES_OF_PARTICLE = 9;
const FEATURES_OF_READING = 3;

/**
 * What a classifier sees of an event and of one true or drawn configuration of it: features of every particle, how far
 * each is from the object that the detector sees it as, and the detector's objects themselves, leptons first and then
 * by transverse momentum.
 */
export class ConfigurationFeatures {
  readonly columns: readonly FeatureColumn[];
  readonly #spec: EventSpec;
  readonly #kinds: ReturnType<typeof matchParticles>;

  /** `events`: from which is found what the detector sees each particle as. */
  constructor(spec: EventSpec, events: HostEvents) {
    this.#spec = spec;
    this.#kinds = matchParticles(spec, events);
    const ofParticles = spec.particles.flatMap(({ label }, particle) => {
      const width = FEATURES_OF_PARTICLE + (this.#kinds[particle] ? FEATURES_OF_READING : 0);
      return Array.from({ length: width }, () => ({ group: label }));
    });
    const ofDetector = Object.values(spec.inputs).reduce((sum, input) => sum + detectorWidth(input), 0);
    this.columns = [...ofParticles, ...Array.from({ length: ofDetector }, () => ({ group: DETECTOR }))];
  }

  /** Row-major [n * each, F]. `partons`: row-major [n, each, P], so many configurations an event. */
  rows(events: HostEvents, partons: Float32Array): Float32Array {
    const each = partons.length / partonWidth(this.#spec) / events.size;
    const rows = new Float32Array(events.size * each * this.columns.length);
    let first = this.#addParticles(rows, events, partons);
    for (const [name, input] of Object.entries(this.#spec.inputs)) {
      const objects = detectorFeatures(input, events.inputs[name]!);
      const width = detectorWidth(input);
      for (let row = 0; row < events.size * each; row++) {
        const event = Math.floor(row / each);
        rows.set(objects.subarray(event * width, (event + 1) * width), row * this.columns.length + first);
      }
      first += width;
    }
    return rows;
  }

  /** @returns the first column after those of the particles. */
  #addParticles(rows: Float32Array, events: HostEvents, partons: Float32Array): number {
    const particles = kinematicsOfAll(this.#spec, partons);
    const seen = seenParticles(this.#spec, events, this.#kinds, particles);
    let first = 0;
    for (const [particle, all] of particles.entries()) {
      const found = seen[particle];
      for (let row = 0; row < all.pt.length; row++) {
        const place = row * this.columns.length + first;
        rows.set(particleFeatures(all, row), place);
        if (found) rows.set(readingFeatures(all, row, found[row]), place + FEATURES_OF_PARTICLE);
      }
      first += FEATURES_OF_PARTICLE + (found ? FEATURES_OF_READING : 0);
    }
    return first;
  }
}

function particleFeatures({ mass, pt, eta, phi, energy, px, py, pz }: Kinematics, row: number): number[] {
  const direction = [Math.cos(phi[row]!), Math.sin(phi[row]!)];
  const logarithms = [Math.log(Math.max(pt[row]!, 1e-3)), Math.log(Math.max(energy[row]!, 1e-3))];
  return [mass[row]!, px[row]!, py[row]!, pz[row]!, eta[row]!, ...direction, ...logarithms];
}

/** Momentum less what the detector reads, on a scale that keeps small differences and large ones apart. */
function readingFeatures({ px, py, pz }: Kinematics, row: number, reading: Reading | undefined): number[] {
  if (!reading) return [0, 0, 0];
  const along = reading.pz === undefined ? 0 : pz[row]! - reading.pz;
  return [px[row]! - reading.px!, py[row]! - reading.py!, along].map(Math.asinh);
}

function detectorWidth({ capacity, features }: InputSpec): number {
  return Math.min(capacity, MOST_OBJECTS) * features.length;
}

/** Row-major [n, D] features of the objects of an input, zero where there is none. */
function detectorFeatures(input: InputSpec, { features, mask }: HostEvents['inputs'][string]): Float32Array {
  const { capacity, features: specs } = input;
  const width = detectorWidth(input);
  const rows = new Float32Array((mask.length / capacity) * width);
  const order = leptonsFirst(input, features);
  for (let event = 0; event < mask.length / capacity; event++) {
    const slots = Array.from({ length: capacity }, (_, i) => event * capacity + i).filter((slot) => mask[slot] !== 0);
    for (const [place, slot] of order(slots).slice(0, MOST_OBJECTS).entries())
      for (const [i, { scaling }] of specs.entries()) {
        const value = features[slot * specs.length + i]!;
        const scaled = scaling === 'log' ? Math.log(Math.max(value, 1e-3)) : value;
        rows[event * width + place * specs.length + i] = scaled;
      }
  }
  return rows;
}
