import * as tf from '@tensorflow/tfjs-core';
import { type EventSpec, type InputSpec, partonWidth } from '../contracts/events/event-spec.js';
import type { KinematicQuantity } from '../contracts/events/figures.js';
import type { Representation } from '../contracts/events/representation.js';
import type { EventBatch, ObjectSet, Observation } from '../contracts/model/observation.js';
import { type EventScaling, scaledWidth } from '../events/scaling.js';
import { DecayChain } from '../representations/decay-chain.js';
import { Rng } from '../rng.js';

/** What a component is made for in a check. */
export interface Setting {
  /** Two particles, up to five jets of four features, one missing momentum of two. */
  readonly spec: EventSpec;
  readonly scaling: EventScaling;
  /** D of the condition that codecs and denoisers are given. */
  readonly conditionWidth: number;
  /** L of the latents that denoisers are given. */
  readonly latentWidth: number;
  /** Where initial weights come from. */
  readonly rng: Rng;
}

/**
 * Makes what is checked. Called again for each check, and twice with the same seed to see that nothing else is random.
 */
export type Make<T> = (setting: Setting) => T;

const feature = (name: string) => ({ name, unit: '', scaling: 'standard' }) as const;

const quantity = (name: KinematicQuantity) => ({ ...feature(name), quantity: name });

const SPEC: EventSpec = {
  name: 'conformance',
  particles: [
    { name: 'first', label: 'First' },
    { name: 'second', label: 'Second' },
  ],
  inputs: {
    jets: { features: ['a', 'b', 'c', 'd'].map(feature), capacity: 5 },
    missing: { features: ['x', 'y'].map(feature), capacity: 1 },
  },
};

/** A small topology, its scaling, and a seed. */
export function testSetting(seed = 1): Setting {
  return { spec: SPEC, scaling: unitScaling(SPEC), conditionWidth: 6, latentWidth: 4, rng: new Rng(seed) };
}

const CHAIN: EventSpec = {
  ...SPEC,
  name: 'conformance of a decay',
  particles: [...SPEC.particles, { name: 'both', label: 'Both', decaysTo: ['first', 'second'] }],
};

/**
 * The same with a particle that decays to the two, and a representation of fewer numbers than the parton vector has:
 * whatever a model learns is as wide as `scaledWidth` says.
 */
export function representedSetting(seed = 1): Setting {
  const representation = new DecayChain(CHAIN, { coordinates: 'momenta' });
  return { ...testSetting(seed), spec: CHAIN, scaling: unitScaling(CHAIN, representation) };
}

const MEASURED: EventSpec = {
  ...CHAIN,
  name: 'conformance of a measured particle',
  particles: CHAIN.particles.map((particle) =>
    particle.name === 'second' ? { ...particle, measuredBy: { input: 'objects', classes: ['lepton'] } } : particle,
  ),
  inputs: {
    objects: {
      features: [...(['pt', 'eta', 'phi', 'px', 'py'] as const).map(quantity), feature('lepton')],
      capacity: 4,
    },
    missing: { features: (['px', 'py'] as const).map(quantity), capacity: 1 },
  },
};

/** The same, of which an object measures the second particle, and inputs that can be turned about the beam. */
export function measuredSetting(seed = 1): Setting {
  return { ...testSetting(seed), spec: MEASURED, scaling: unitScaling(MEASURED) };
}

const SEEN = { input: 'objects', classes: ['jet'] };

const ASSIGNED: EventSpec = {
  name: 'conformance of an assignment',
  particles: [
    { name: 'up', label: 'u', measuredByOneOf: SEEN },
    { name: 'boson', label: 'Z' },
    { name: 'down', label: 'd', measuredByOneOf: SEEN },
    { name: 'strange', label: 's', measuredByOneOf: SEEN },
  ],
  inputs: {
    objects: {
      features: [...(['pt', 'eta', 'phi'] as const).map(quantity), feature('jet'), feature('tag')],
      capacity: 5,
    },
  },
};

/** Three quarks that jets are seen of, and a boson of which nothing is seen. */
export function assignedSetting(seed = 1): Setting {
  return { ...testSetting(seed), spec: ASSIGNED, scaling: unitScaling(ASSIGNED) };
}

/** Nothing scaled. */
function unitScaling(spec: EventSpec, representation?: Representation): EventScaling {
  const columns = (width: number) => ({
    mean: new Float64Array(width),
    standardDeviation: new Float64Array(width).fill(1),
    log: new Uint8Array(width),
  });
  const inputs = Object.entries(spec.inputs).map(([name, { features }]) => [name, columns(features.length)]);
  return {
    ...(representation && { representation }),
    partons: columns(representation?.columns.length ?? partonWidth(spec)),
    inputs: Object.fromEntries(inputs),
    energySquared: new Float64Array(spec.particles.length).fill(1),
  };
}

/** Objects of each event of a test batch: some, all that fits less two, one, and none. */
const COUNTS = [2, 3, 1, 0] as const;

/** [4, ...] Events of a topology with 2, 3, 1 and 0 objects of every input, as far as they fit; padding holds zeros. */
export function testObservation(spec: EventSpec, rng: Rng): Observation {
  const sets = Object.entries(spec.inputs).map(([name, input]) => [name, objectSet(input, rng.fork(name))]);
  return Object.fromEntries(sets);
}

function objectSet({ features, capacity }: InputSpec, rng: Rng): ObjectSet {
  const mask = tf.tensor2d(COUNTS.map((count) => Array.from({ length: capacity }, (_, i) => Number(i < count))));
  const values = tf.reshape(rng.normalTensor(COUNTS.length * capacity, features.length), [
    COUNTS.length,
    capacity,
    features.length,
  ]);
  return { features: tf.mul(values, tf.expandDims(mask, 2)), mask };
}

/** A batch of four events. */
export function testBatch({ spec, scaling }: Setting, rng: Rng): EventBatch {
  return {
    partons: rng.fork('partons').normalTensor(COUNTS.length, scaledWidth(scaling)),
    observed: testObservation(spec, rng.fork('observed')),
  };
}
