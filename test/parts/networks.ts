import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  Denoiser,
  definePlugin,
  defineRole,
  type EventSpec,
  EventSpec as EventSpecToken,
  LatentCodec,
  type Module,
  type Observation,
  Rng,
  Scaling,
} from '@unfold-zoo/core';
import { Catalogue, type Choices, service } from '@unfold-zoo/core/config';
import {
  deepSets,
  gatedMlp,
  gatedTransformer,
  gaussianCodec,
  identityCodec,
  residualMlp,
  transformerDenoiser,
} from '@unfold-zoo/parts';
import { z } from 'zod';
import { unitScaling } from '../models-vld/toy-networks.js';

function spec(
  particles: number,
  inputs: Record<string, { readonly features: number; readonly capacity: number }>,
): EventSpec {
  const feature = (i: number) => ({ name: `feature ${i}`, unit: '', scaling: 'standard' }) as const;
  return {
    name: 'test',
    particles: Array.from({ length: particles }, (_, i) => ({ name: `particle${i}`, label: `Particle ${i}` })),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, { features, capacity }]) => [
        name,
        { capacity, features: Array.from({ length: features }, (_, i) => feature(i)) },
      ]),
    ),
  };
}

/** A small topology: two particles, jets and a missing momentum. */
export const SMALL = spec(2, { jets: { features: 4, capacity: 5 }, met: { features: 2, capacity: 1 } });

/** The sizes of the paper's topology: 11 particles; jets and the lepton with 12 features, missing momentum with 4. */
export const SEMILEPTONIC = spec(11, {
  objects: { features: 12, capacity: 21 },
  met: { features: 4, capacity: 1 },
});

/** Options that differ from a component's defaults, and the kind of codec. */
export interface NetworkOptions {
  readonly conditionEncoder?: { readonly kind?: string; readonly [option: string]: unknown };
  readonly codec?: { readonly kind?: 'gaussian' | 'identity'; readonly [option: string]: unknown };
  readonly denoiser?: { readonly kind?: string; readonly [option: string]: unknown };
}

export interface Networks {
  readonly encoder: ConditionEncoder;
  readonly codec: LatentCodec;
  readonly denoiser: Denoiser;
}

const All = defineRole<Networks>('networks');
const all = component(All, 'all', {
  description: 'The three networks of a VLD',
  options: z.object({}),
  inject: [ConditionEncoder, LatentCodec, Denoiser],
  create: (_context, encoder, codec, denoiser) => ({ encoder, codec, denoiser }),
});
const catalogue = new Catalogue([
  definePlugin({ name: 'networks', version: '1.0.0' }, [
    gatedTransformer,
    deepSets,
    gaussianCodec,
    identityCodec,
    gatedMlp,
    residualMlp,
    transformerDenoiser,
    all,
  ]),
]);

/** Options of each kind of encoder that make it small. */
const SMALL_ENCODERS: Readonly<Record<string, object>> = {
  'gated-transformer': { heads: 2, layers: 2 },
  'deep-sets': { objectBlocks: 2, eventBlocks: 2 },
};

function smallDenoiser(kind = 'gated-mlp'): object {
  return kind === 'transformer' ? { kind, layers: 2, heads: 2 } : { kind, blocks: 2 };
}

/** The three networks as a run would assemble them, small unless told otherwise. */
export function networks(options: NetworkOptions = {}, { events = SMALL, seed = 1 } = {}): Networks {
  const schemas = catalogue.roleSchemas();
  const encoder = SMALL_ENCODERS[options.conditionEncoder?.kind ?? 'gated-transformer'];
  const roles: Record<string, object> = {
    conditionEncoder: { kind: 'gated-transformer', width: 8, ...encoder, ...options.conditionEncoder },
    codec: {
      kind: 'gaussian',
      ...(options.codec?.kind !== 'identity' && { encoderBlocks: 1, decoderBlocks: 1 }),
      ...options.codec,
    },
    denoiser: { ...smallDenoiser(options.denoiser?.kind), ...options.denoiser },
  };
  const chosen = Object.entries(roles).map(([role, choice]) => [role, schemas[role]!.parse(choice)]);
  const choices = { ...Object.fromEntries(chosen), networks: { kind: 'all' } } as Choices;
  return catalogue.assemble(All, choices, new Rng(seed), [
    service(EventSpecToken, events),
    service(Scaling, unitScaling(events.particles.length)),
  ]);
}

/** Random features of events that have `counts[i]` jets each, and one missing momentum. Padding holds zeros. */
export function observation(counts: readonly number[], rng: Rng, capacity = 5): Observation {
  const batch = counts.length;
  const mask = tf.tensor2d(counts.map((count) => Array.from({ length: capacity }, (_, i) => (i < count ? 1 : 0))));
  const jets = tf.reshape<tf.Rank.R3>(rng.fork('jets').normalTensor(batch * capacity, 4), [batch, capacity, 4]);
  const met = tf.reshape<tf.Rank.R3>(rng.fork('met').normalTensor(batch, 2), [batch, 1, 2]);
  return {
    jets: { features: tf.mul(jets, tf.expandDims(mask, 2)), mask },
    met: { features: met, mask: tf.ones([batch, 1]) },
  };
}

export function parameterCount(module: Module): number {
  return module.parameters.reduce((sum, { size }) => sum + size, 0);
}

/** The parameters of a module that a loss gives no gradient, or a gradient of zeros, by name. */
export function withoutGradient(module: Module, loss: () => tf.Tensor): string[] {
  const { value, grads } = tf.variableGrads(() => tf.sum(loss()) as tf.Scalar, module.parameters);
  const still = [...module.namedParameters()].filter(([, { name }]) => {
    const gradient = grads[name];
    return !gradient || gradient.dataSync().every((entry) => entry === 0);
  });
  tf.dispose([value, grads]);
  return still.map(([path]) => path);
}

/** The largest difference between entries. */
export function difference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}

export function weightsOf(module: Module): Record<string, number[]> {
  return Object.fromEntries(
    [...module.namedParameters()].map(([name, parameter]) => [name, [...parameter.dataSync()]]),
  );
}
