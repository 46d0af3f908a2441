import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { EventSpec, QUANTITIES } from '../contracts/events/event-spec.js';
import { Representation, type RepresentedColumn } from '../contracts/events/representation.js';
import { component } from '../plugin/plugin.js';
import { frameOption, inFrame } from './frame-option.js';

/** The parton vector as it is: mass, ln E and momentum of every particle (paper, section 5). */
export class PartonVector implements Representation {
  readonly columns: readonly RepresentedColumn[];
  readonly massShell = 'learned';

  constructor({ particles }: EventSpec) {
    this.columns = particles.flatMap(({ name }) =>
      QUANTITIES.map((quantity) => ({ name: `${name}.${quantity}`, quantity })),
    );
  }

  encode(partons: Float32Array): Float64Array {
    return Float64Array.from(partons);
  }

  decode(numbers: Float64Array): Float64Array {
    return numbers.slice();
  }

  decodeTensors(numbers: tf.Tensor2D): tf.Tensor2D {
    return tf.clone(numbers);
  }
}

/** The component `paper` of the role `representation`: what a config without the role has. */
export const paperRepresentation = component(Representation, 'paper', {
  description:
    'Mass, ln E, px, py and pz of every particle, as in the paper (section 5): more numbers than an event has',
  options: z.object(frameOption),
  inject: [EventSpec],
  create: ({ options }, spec) => inFrame(new PartonVector(spec), options, spec),
});
