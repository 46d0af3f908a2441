import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { EventSpec } from '../contracts/events/event-spec.js';
import { Representation, type RepresentedColumn } from '../contracts/events/representation.js';
import { component } from '../plugin/plugin.js';
import { MOMENTUM_WIDTH, setParticle, toPartons } from './four-momenta.js';
import { finalMomentum, partonVectorOf } from './four-momenta-tensors.js';
import { frameOption, inFrame } from './frame-option.js';

/** Numbers of a particle. */
const OF_PARTICLE = ['mass', 'px', 'py', 'pz'] as const;

/**
 * Mass and momentum of every particle. Energies follow from them, so that E >= |p| and E^2 = M^2 + |p|^2 whatever the
 * numbers. Particles that decay have numbers of their own, as in the parton vector: they are the sums of their
 * daughters as far as a model has learned it.
 */
export class MassShell implements Representation {
  readonly columns: readonly RepresentedColumn[];
  readonly massShell = 'exact';
  readonly #particles: number;

  constructor({ particles }: EventSpec) {
    this.columns = particles.flatMap(({ name }) =>
      OF_PARTICLE.map((quantity) => ({ name: `${name}.${quantity}`, quantity })),
    );
    this.#particles = particles.length;
  }

  encode(partons: Float32Array): Float64Array {
    const kept = partons.filter((_, i) => i % MOMENTUM_WIDTH !== 1);
    return Float64Array.from(kept);
  }

  decode(numbers: Float64Array): Float64Array {
    const [from, to] = [this.columns.length, this.#particles * MOMENTUM_WIDTH];
    const partons = new Float64Array((numbers.length / from) * to);
    const momenta = new Float64Array(to);
    for (let event = 0; event * from < numbers.length; event++) {
      for (let particle = 0; particle < this.#particles; particle++) {
        const at = event * from + particle * OF_PARTICLE.length;
        setParticle(momenta, particle, numbers[at]!, [numbers[at + 1]!, numbers[at + 2]!, numbers[at + 3]!]);
      }
      toPartons(momenta, partons, event * to);
    }
    return partons;
  }

  decodeTensors(numbers: tf.Tensor2D): tf.Tensor2D {
    const particles = Array.from({ length: this.#particles }, (_, i) => finalMomentum(numbers, i * OF_PARTICLE.length));
    return partonVectorOf(particles);
  }
}

/** The component `mass-shell` of the role `representation`. */
export const massShellRepresentation = component(Representation, 'mass-shell', {
  description: 'Mass and momentum of every particle; energies follow from them, so that E >= |p| always',
  options: z.object(frameOption),
  inject: [EventSpec],
  create: ({ options }, spec) => inFrame(new MassShell(spec), options, spec),
});
