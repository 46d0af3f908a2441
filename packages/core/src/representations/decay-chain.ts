import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { EventSpec } from '../contracts/events/event-spec.js';
import { Representation, type RepresentedColumn } from '../contracts/events/representation.js';
import { UserError } from '../errors.js';
import { component } from '../plugin/plugin.js';
import { type Decay, decaysOf } from './decays.js';
import { MOMENTUM_WIDTH, setParticle, setSum, sumOf, toPartons } from './four-momenta.js';
import {
  finalMomentum,
  type MomentumTensors,
  momentumOfSum,
  particleOf,
  partonVectorOf,
} from './four-momenta-tensors.js';
import { frameOption, inFrame } from './frame-option.js';
import { nearestMomentum } from './nearest-momentum.js';
import { nearestMomentumTensors } from './nearest-momentum-tensors.js';

const decayChainOptions = z.object({
  coordinates: z
    .enum(['momenta', 'masses'])
    .default('momenta')
    .describe(
      'Numbers of an event. momenta: mass and momentum of every particle that decays to no other of the topology. ' +
        'masses: the same, and the mass of every particle that has one of those among its daughters; the first such ' +
        'daughter in decaysTo is moved as little as gives the parent this mass, so that a peak is a number of its own',
    ),
  ...frameOption,
});

/** Parsed options of the representation `decay-chain`. */
export type DecayChainOptions = z.output<typeof decayChainOptions>;

/** A decay, and the daughter that is moved for the parent's mass where that is a number of its own. */
interface SteeredDecay extends Decay {
  readonly moved?: number;
}

const FINAL_QUANTITIES = ['mass', 'px', 'py', 'pz'] as const;

/**
 * An event by mass and momentum of its final particles, those that decay to no other of the topology. Energies follow
 * from them, and particles that decay are the sums of their daughters, so that E >= |p| and every sum is exact whatever
 * the numbers. See `decayChainOptions` for masses of parents.
 *
 * Masses of final particles are always mapped to normal scores: most are the same in every event or take few values.
 */
export class DecayChain implements Representation {
  readonly columns: readonly RepresentedColumn[];
  readonly massShell = 'exact';
  readonly #spec: EventSpec;
  readonly #decays: readonly SteeredDecay[];
  /** Places of the particles that do not decay. */
  readonly #finals: readonly number[];

  /** @throws UserError for a topology without decays, or whose decays are wrong. */
  constructor(spec: EventSpec, { coordinates }: Pick<DecayChainOptions, 'coordinates'>) {
    const decays = decaysOf(spec.particles);
    if (decays.length === 0) throw new UserError(noDecays(spec));
    this.#spec = spec;
    this.#finals = [...spec.particles.keys()].filter((place) => !decays.some(({ parent }) => parent === place));
    this.#decays = coordinates === 'momenta' ? decays : decays.map((decay) => steered(decay, this.#finals));
    this.columns = [...this.#finals.flatMap((place) => this.#finalColumns(place)), ...this.#massColumns()];
  }

  #finalColumns(place: number): RepresentedColumn[] {
    const { name } = this.#spec.particles[place]!;
    return FINAL_QUANTITIES.map((quantity) => ({
      name: `${name}.${quantity}`,
      quantity,
      ...(quantity === 'mass' && { normalScores: true as const }),
    }));
  }

  #massColumns(): RepresentedColumn[] {
    return this.#decays
      .filter(({ moved }) => moved !== undefined)
      .map(({ parent }) => ({ name: `${this.#spec.particles[parent]!.name}.mass`, quantity: 'mass' as const }));
  }

  encode(partons: Float32Array): Float64Array {
    const [width, from] = [this.columns.length, this.#spec.particles.length * MOMENTUM_WIDTH];
    const numbers = new Float64Array((partons.length / from) * width);
    const momenta = new Float64Array(from);
    for (let event = 0; event * from < partons.length; event++) {
      for (const place of this.#finals) {
        const at = event * from + place * MOMENTUM_WIDTH;
        setParticle(momenta, place, partons[at]!, [partons[at + 2]!, partons[at + 3]!, partons[at + 4]!]);
      }
      for (const { parent, daughters } of this.#decays) setSum(momenta, parent, daughters);
      this.#setNumbers(numbers.subarray(event * width, (event + 1) * width), momenta);
    }
    return numbers;
  }

  #setNumbers(numbers: Float64Array, momenta: Float64Array): void {
    let next = 0;
    for (const place of this.#finals) {
      const at = place * MOMENTUM_WIDTH;
      numbers[next++] = momenta[at]!;
      for (let component = 2; component < MOMENTUM_WIDTH; component++) numbers[next++] = momenta[at + component]!;
    }
    for (const { parent, moved } of this.#decays)
      if (moved !== undefined) numbers[next++] = momenta[parent * MOMENTUM_WIDTH]!;
  }

  decode(numbers: Float64Array): Float64Array {
    const [width, to] = [this.columns.length, this.#spec.particles.length * MOMENTUM_WIDTH];
    const partons = new Float64Array((numbers.length / width) * to);
    const momenta = new Float64Array(to);
    for (let event = 0; event * width < numbers.length; event++) {
      this.#setMomenta(momenta, numbers.subarray(event * width, (event + 1) * width));
      toPartons(momenta, partons, event * to);
    }
    return partons;
  }

  #setMomenta(momenta: Float64Array, numbers: Float64Array): void {
    let next = 0;
    for (const place of this.#finals) {
      const [mass, px, py, pz] = [numbers[next++]!, numbers[next++]!, numbers[next++]!, numbers[next++]!];
      setParticle(momenta, place, mass, [px, py, pz]);
    }
    for (const { parent, daughters, moved } of this.#decays) {
      if (moved !== undefined) moveForMass(momenta, { daughters, moved, massOfAll: numbers[next++]! });
      setSum(momenta, parent, daughters);
    }
  }

  decodeTensors(numbers: tf.Tensor2D): tf.Tensor2D {
    const momenta = new Map(
      this.#finals.map((place, i) => [place, finalMomentum(numbers, i * FINAL_QUANTITIES.length)]),
    );
    let next = this.#finals.length * FINAL_QUANTITIES.length;
    for (const { parent, daughters, moved } of this.#decays) {
      if (moved !== undefined) {
        const massOfAll = tf.slice(numbers, [0, next++], [-1, 1]);
        const others = daughters.filter((daughter) => daughter !== moved).map((daughter) => momenta.get(daughter)!);
        momenta.set(moved, movedForMass(momenta.get(moved)!, others, massOfAll));
      }
      momenta.set(parent, momentumOfSum(daughters.map((daughter) => momenta.get(daughter)!)));
    }
    return partonVectorOf(this.#spec.particles.map((_, place) => momenta.get(place)!));
  }

  assumption(particle: number): string | undefined {
    const { decaysTo } = this.#spec.particles[particle]!;
    if (!decaysTo) return undefined;
    return `is the sum of ${decaysTo.join(', ')}, its decaysTo in topology "${this.#spec.name}"`;
  }
}

function noDecays({ name }: EventSpec): string {
  return (
    `missing decays: topology "${name}" declares none, and representation "decay-chain" describes an event by them; ` +
    'write decaysTo at the particles that decay, or take representation "paper"'
  );
}

function steered(decay: Decay, finals: readonly number[]): SteeredDecay {
  const moved = decay.daughters.find((daughter) => finals.includes(daughter));
  return moved === undefined ? decay : { ...decay, moved };
}

/** Moves one daughter as little as gives all of them the invariant mass `massOfAll`. */
function moveForMass(
  momenta: Float64Array,
  { daughters, moved, massOfAll }: { readonly daughters: readonly number[]; moved: number; massOfAll: number },
): void {
  const others = sumOf(
    momenta,
    daughters.filter((daughter) => daughter !== moved),
  );
  const at = moved * MOMENTUM_WIDTH;
  const mass = momenta[at]!;
  const given = [momenta[at + 2]!, momenta[at + 3]!, momenta[at + 4]!] as const;
  setParticle(momenta, moved, mass, nearestMomentum(given, { mass, others, massOfAll }));
}

/** `moveForMass` in tfjs ops: a particle of the same mass, which with others has the mass of all. */
function movedForMass(
  [mass, , ...given]: MomentumTensors,
  others: readonly MomentumTensors[],
  massOfAll: tf.Tensor2D,
): MomentumTensors {
  return particleOf(mass, nearestMomentumTensors(given, { mass, others: momentumOfSum(others), massOfAll }));
}

/** The component `decay-chain` of the role `representation`. */
export const decayChainRepresentation = component(Representation, 'decay-chain', {
  description:
    'Masses and momenta of the final particles; particles that decay are exactly the sums of their daughters',
  options: decayChainOptions,
  inject: [EventSpec],
  create: ({ options }, spec) => inFrame(new DecayChain(spec, options), options, spec),
});
