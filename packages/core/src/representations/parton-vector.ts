import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { EventSpec, QUANTITIES } from '../contracts/events/event-spec.js';
import { Representation, type RepresentedColumn } from '../contracts/events/representation.js';
import { component } from '../plugin/plugin.js';
import { frameOption, inFrame } from './frame-option.js';
import { massShellRestored, restoreMassShell } from './restored-mass-shell.js';

/** The parton vector as it is: mass, ln E and momentum of every particle (paper, section 5). */
export class PartonVector implements Representation {
  readonly columns: readonly RepresentedColumn[];
  readonly massShell: 'learned' | 'restored';

  /** @param massShell `restored`: what comes back is moved onto the mass shell, as `restoreMassShell` does. */
  constructor({ particles }: EventSpec, massShell: 'learned' | 'restored' = 'learned') {
    this.massShell = massShell;
    this.columns = particles.flatMap(({ name }) =>
      QUANTITIES.map((quantity) => ({ name: `${name}.${quantity}`, quantity })),
    );
  }

  encode(partons: Float32Array): Float64Array {
    return Float64Array.from(partons);
  }

  decode(numbers: Float64Array): Float64Array {
    const partons = numbers.slice();
    if (this.massShell === 'restored') restoreMassShell(partons);
    return partons;
  }

  decodeTensors(numbers: tf.Tensor2D): tf.Tensor2D {
    return this.massShell === 'restored' ? massShellRestored(numbers) : tf.clone(numbers);
  }
}

const options = z.object({
  ...frameOption,
  massShell: z
    .enum(['learned', 'restored'])
    .default('learned')
    .describe(
      'Whether drawn particles have E^2 = M^2 + |p|^2. learned: as far as the model has learned it, as in the paper. ' +
        'restored: exactly; of each draw, the energy and the size of the momentum move as little as they can, the ' +
        'mass and the direction stay. Training is the same',
    ),
});

/** The component `paper` of the role `representation`: what a config without the role has. */
export const paperRepresentation = component(Representation, 'paper', {
  description:
    'Mass, ln E, px, py and pz of every particle, as in the paper (section 5): more numbers than an event has',
  options,
  inject: [EventSpec],
  create: ({ options }, spec) => inFrame(new PartonVector(spec, options.massShell), options, spec),
});
