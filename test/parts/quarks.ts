import * as tf from '@tensorflow/tfjs-core';
import {
  Assignment,
  type EventBatch,
  type EventSpec,
  type Observation,
  type Reconstruction,
  Rng,
  type TrainingStage,
} from '@unfold-zoo/core';
import { type ColumnScaling, type EventScaling, scaledWidth } from '@unfold-zoo/core/events';
import { build, NormalModel, type Setting } from '@unfold-zoo/core/testing';
import parts from '@unfold-zoo/parts';

const jet = { input: 'objects', classes: ['jet'] };
const feature = (name: string) => ({ name, unit: '', scaling: 'none' }) as const;
const quantity = (name: 'pt' | 'eta' | 'phi') => ({ ...feature(name), quantity: name });

/** Two quarks that jets are seen of, and a boson that nothing is seen of. */
export const SPEC: EventSpec = {
  name: 'two quarks',
  particles: [
    { name: 'up', label: 'u', measuredByOneOf: jet },
    { name: 'boson', label: 'Z' },
    { name: 'down', label: 'd', measuredByOneOf: jet },
  ],
  inputs: {
    objects: {
      features: [quantity('pt'), quantity('eta'), quantity('phi'), feature('jet'), feature('tag')],
      capacity: 4,
    },
  },
};

/** The same, as daughters of the boson. */
export const SIBLINGS: EventSpec = {
  ...SPEC,
  particles: SPEC.particles.map((each) => (each.name === 'boson' ? { ...each, decaysTo: ['up', 'down'] } : each)),
};

/** Of a parton vector. */
export const WIDTH = 15;
const PER_PARTICLE = 5;

const scaled = (mean: number[], standardDeviation: number[], log = mean.map(() => 0)): ColumnScaling => ({
  mean: Float64Array.from(mean),
  standardDeviation: Float64Array.from(standardDeviation),
  log: Uint8Array.from(log),
});

const perParticle = <T>(values: readonly T[]): T[] => [...values, ...values, ...values];

/** Quarks of some 50 GeV, and jets whose logarithms of pt are scaled. */
export const SCALING: EventScaling = {
  partons: scaled(perParticle([1, 4, 2, -3, 5]), perParticle([1, 0.5, 30, 30, 60])),
  inputs: { objects: scaled([3.5, 0, 0, 0, 0], [0.6, 1.2, 1.8, 1, 1], [1, 0, 0, 0, 0]) },
  energySquared: Float64Array.of(1, 1, 1),
};

export const SETTING: Setting = { spec: SPEC, scaling: SCALING, conditionWidth: 6, latentWidth: 4, rng: new Rng(1) };

/** It remembers the last batch that it was trained on. */
class WatchedModel extends NormalModel {
  seen: EventBatch | undefined;

  override get stages(): readonly TrainingStage[] {
    return super.stages.map((stage) => ({
      ...stage,
      loss: (batch, rng) => {
        this.seen = batch;
        return stage.loss(batch, rng);
      },
    }));
  }
}

/** It gives back what it is shown. */
class MirrorModel extends WatchedModel {
  *reconstructions({ partons }: EventBatch): Generator<Reconstruction> {
    yield { stage: 'mirror', partons: tf.clone(partons) };
  }
}

/** A small assignment, the model behind it, and both together. */
export function assigned(options = {}, setting = SETTING) {
  const assignment = build(
    Assignment,
    parts,
    { kind: 'autoregressive', width: 8, layers: 1, blocks: 1, ...options },
    setting,
  );
  const inner = new MirrorModel(scaledWidth(assignment.scaling), assignment.spec, setting.rng.fork('inner'));
  return { assignment, inner, model: assignment.assign(inner) };
}

/** Objects [pt, eta, phi, jet, tag] of events, scaled. */
export function observation(events: readonly (readonly (readonly number[])[])[]): Observation {
  const { mean, standardDeviation, log } = SCALING.inputs['objects']!;
  const rows = events.map((objects) =>
    Array.from({ length: 4 }, (_, i) =>
      Array.from({ length: 5 }, (_, k) => {
        const value = objects[i]?.[k];
        if (value === undefined) return 0;
        return ((log[k] === 1 ? Math.log(value) : value) - mean[k]!) / standardDeviation[k]!;
      }),
    ),
  );
  const mask = events.map((objects) => [0, 1, 2, 3].map((i) => Number(i < objects.length)));
  return { objects: { features: tf.tensor3d(rows), mask: tf.tensor2d(mask) } };
}

export type Cylinder = readonly [pt: number, eta: number, phi: number];

/** Partons [B, 15] of massless quarks; the boson is at its mean. */
export function partons(events: readonly { readonly up: Cylinder; readonly down: Cylinder }[]): tf.Tensor2D {
  const { mean, standardDeviation } = SCALING.partons;
  const numbers = ([pt, eta, phi]: Cylinder) => [
    1,
    Math.log(pt * Math.cosh(eta)),
    pt * Math.cos(phi),
    pt * Math.sin(phi),
    pt * Math.sinh(eta),
  ];
  return tf.tensor2d(
    events.map(({ up, down }) =>
      [...numbers(up), ...mean.slice(0, PER_PARTICLE), ...numbers(down)].map(
        (value, i) => (value - mean[i]!) / standardDeviation[i]!,
      ),
    ),
  );
}

/** Two jets; up is the tagged one in 80 % of events, down is the other. */
export function events(count: number, rng: Rng): EventBatch {
  const uniform = () => rng.uniform();
  const made = Array.from({ length: count }, () => {
    const jets = [0, 1].map(() => [30 + 40 * uniform(), 3 * uniform() - 1.5, 6 * uniform() - 3]);
    const tagged = rng.integer(2);
    const up = uniform() < 0.8 ? tagged : 1 - tagged;
    const near = ([pt, eta, phi]: readonly number[]): Cylinder => [
      pt! * Math.exp(0.1 * rng.normal()),
      eta! + 0.02 * rng.normal(),
      phi! + 0.02 * rng.normal(),
    ];
    return {
      objects: jets.map((each, i) => [...each, 1, Number(i === tagged)]),
      truth: { up: near(jets[up]!), down: near(jets[1 - up]!) },
    };
  });
  return {
    partons: partons(made.map(({ truth }) => truth)),
    observed: observation(made.map(({ objects }) => objects)),
  };
}
