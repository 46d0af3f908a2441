import * as tf from '@tensorflow/tfjs-core';
import { Module, Rng } from '@unfold-zoo/core';
import { linear } from '@unfold-zoo/core/nn';
import { PlainEncoder } from '@unfold-zoo/core/testing';
import {
  AllInOneBlock,
  Cinn,
  ConditionalFlow,
  type FlowOptions,
  GlobalAffine,
  type GlobalAffineKind,
  Permutation,
  type PermutationKind,
  permutationMatrix,
  randomRotation,
} from '@unfold-zoo/models-baselines';
import test from 'ava';
import { BACKENDS, distance, useBackend } from '../core/nn/backends.js';
import { fixture } from '../fixtures.js';
import { toyEvents, unitScaling } from '../models-vld/toy-networks.js';
import { difference } from '../parts/networks.js';

// Float32 against float64 (test/fixtures/golden/README.md).
const VALUE_TOLERANCE = 1e-6;

// Absolute: those of the golden file are sums of seven logarithms near 0, each rounded to about 1e-7.
const LOG_DET_TOLERANCE = 1e-6;

const AFFINES: readonly GlobalAffineKind[] = ['softplus', 'sigmoid', 'exp'];
const PERMUTATIONS: readonly PermutationKind[] = ['hard', 'soft'];
const rng = new Rng(21);

interface GoldenArray {
  readonly shape: number[];
  readonly data: number[];
}

interface GoldenBlock {
  readonly global_affine: GlobalAffineKind;
  readonly permute: PermutationKind;
  readonly x: GoldenArray;
  readonly condition: GoldenArray;
  readonly z: GoldenArray;
  readonly log_det: GoldenArray;
  readonly x_from_z: GoldenArray;
  readonly log_det_inverse: GoldenArray;
  readonly permutation: GoldenArray;
  readonly params: Readonly<Record<string, GoldenArray>>;
}

const tensor = <R extends tf.Rank>({ shape, data }: GoldenArray): tf.Tensor<R> => tf.tensor(data, shape as never);

/** The subnet of the golden file: Linear, ReLU, Linear, on PyTorch's parameters. */
class ReluSubnet extends Module {
  constructor(readonly params: GoldenBlock['params']) {
    super();
  }

  apply(input: tf.Tensor2D): tf.Tensor2D {
    const layer = (name: string) => ({
      kernel: tf.transpose(tensor<tf.Rank.R2>(this.params[`subnet.${name}.weight`]!)),
      bias: tensor<tf.Rank.R1>(this.params[`subnet.${name}.bias`]!),
    });
    return linear(tf.relu(linear(input, layer('0'))), layer('2'));
  }
}

function goldenBlock({ params, global_affine, permute, permutation }: GoldenBlock): AllInOneBlock {
  const globalAffine = new GlobalAffine(5, global_affine);
  globalAffine.scale.assign(tensor({ ...params['global_scale']!, shape: [5] }));
  globalAffine.offset.assign(tensor({ ...params['global_offset']!, shape: [5] }));
  const rows = permute === 'hard' ? permutationMatrix(permutation.data) : rowsOf(permutation.data, 5);
  return new AllInOneBlock({
    subnet: new ReluSubnet(params),
    globalAffine,
    permutation: new Permutation(rows),
    clamp: 2,
  });
}

function rowsOf(values: readonly number[], width: number): number[][] {
  return Array.from({ length: width }, (_, i) => values.slice(i * width, (i + 1) * width));
}

for (const backend of BACKENDS) {
  test.serial(`${backend}: the all-in-one block has the numbers of FrEIA's, there and back`, async (t) => {
    await useBackend(backend);
    const { blocks } = fixture<{ blocks: GoldenBlock[] }>('golden/all_in_one_block.json');
    t.is(blocks.length, AFFINES.length * PERMUTATIONS.length);
    for (const golden of blocks) {
      const block = goldenBlock(golden);
      const [x, condition, z] = (['x', 'condition', 'z'] as const).map((name) => tensor<tf.Rank.R2>(golden[name]));
      const { values, logDet } = block.forward(x!, condition!);
      t.true(distance(values, z!) < VALUE_TOLERANCE);
      t.true(difference(logDet, tensor(golden.log_det)) < LOG_DET_TOLERANCE);
      const back = block.inverse(z!, condition!);
      t.true(distance(back, tensor(golden.x_from_z)) < VALUE_TOLERANCE);
      const backLogDet = tf.neg(block.forward(back, condition!).logDet);
      t.true(difference(backLogDet, tensor(golden.log_det_inverse)) < LOG_DET_TOLERANCE);
    }
  });
}

test.serial('a global affine map of any form starts as the identity', async (t) => {
  await useBackend('cpu');
  const x = rng.fork('x').normalTensor(7, 5);
  for (const kind of AFFINES) {
    const { values, logDet } = new GlobalAffine(5, kind).forward(x);
    t.true(distance(values, x) < VALUE_TOLERANCE, kind);
    t.true(Math.abs(logDet.dataSync()[0]!) < 5 * VALUE_TOLERANCE, kind);
  }
});

// The golden scales are all 1.
const PSI: Readonly<Record<GlobalAffineKind, (g: number) => number>> = {
  softplus: (g) => 0.1 * (Math.log(1 + Math.exp(0.5 * g)) / 0.5),
  sigmoid: (g) => 10 / (1 + Math.exp(2 - g)),
  exp: Math.exp,
};

test.serial('a global affine map scales each channel by Psi(g), adds o, and is undone by its inverse', async (t) => {
  await useBackend('cpu');
  const x = rng.fork('x').normalTensor(7, 4);
  const scales = [-3, -0.5, 1, 4];
  for (const kind of AFFINES) {
    const map = new GlobalAffine(4, kind);
    map.scale.assign(tf.tensor1d(scales));
    map.offset.assign(tf.tensor1d([1, -2, 0, 0.5]));
    const { values, logDet } = map.forward(x);
    const expected = tf.add(tf.mul(x, tf.tensor1d(scales.map(PSI[kind]))), map.offset);
    t.true(distance(values, expected) < VALUE_TOLERANCE, kind);
    const sum = scales.reduce((total, g) => total + Math.log(PSI[kind](g)), 0);
    t.true(Math.abs(logDet.dataSync()[0]! - sum) < 4 * VALUE_TOLERANCE, kind);
    t.true(distance(map.inverse(values), x) < 10 * VALUE_TOLERANCE, kind);
  }
});

test.serial('the rows of a random rotation are orthonormal to the precision of float64', (t) => {
  const rows = randomRotation(55, rng.fork('rotation'));
  for (const [i, a] of rows.entries()) {
    for (const [j, b] of rows.entries()) {
      const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      t.true(Math.abs(product - (i === j ? 1 : 0)) < 1e-14, `${i} ${j} ${product}`);
    }
  }
});

const small: FlowOptions = { blocks: 6, layers: 2, units: 12, clamp: 2, permutation: 'soft', globalAffine: 'softplus' };

/** A flow far from the identity: every trainable parameter is moved by normal noise. */
function shaken(options: Partial<FlowOptions>, partons = 5): ConditionalFlow {
  const flow = new ConditionalFlow({ partons, condition: 2 }, { ...small, ...options }, rng.fork('flow'));
  for (const [name, parameter] of flow.namedParameters()) {
    if (!parameter.trainable) continue;
    const noise = tf.reshape(rng.fork(name).normalTensor(1, parameter.size), parameter.shape);
    parameter.assign(tf.add(parameter, tf.mul(0.5, noise)));
  }
  return flow;
}

for (const permutation of PERMUTATIONS) {
  for (const globalAffine of AFFINES) {
    test.serial(
      `a flow with ${permutation} permutations and ${globalAffine} scales is undone by its inverse`,
      async (t) => {
        await useBackend('cpu');
        const flow = shaken({ permutation, globalAffine });
        const x = rng.fork('x').normalTensor(50, 5);
        const condition = rng.fork('condition').normalTensor(50, 2);
        const { values } = flow.forward(x, condition);
        t.true(distance(values, x) > 0.1, 'the flow moves what passes it');
        // Six blocks of a few operations each, whose scales of up to e^2 enlarge the rounding of 6e-8.
        t.true(distance(flow.inverse(values, condition), x) < 1e-4);
      },
    );
  }
}

test.serial('the log-determinant of a flow is that of the numeric Jacobian', async (t) => {
  await useBackend('cpu');
  for (const permutation of PERMUTATIONS) {
    const flow = shaken({ permutation });
    const x = rng.fork('x').normalTensor(1, 5);
    const condition = rng.fork('condition').normalTensor(1, 2);
    // Central differences: the step's cube and the rounding over the step are both below 1e-4 here.
    const step = 4e-3;
    const moved = (sign: number) => flow.forward(tf.add(x, tf.mul(sign * step, tf.eye(5))), tf.tile(condition, [5, 1]));
    const jacobian = tf.div(tf.sub(moved(1).values, moved(-1).values), 2 * step).arraySync() as number[][];
    const { logDet } = flow.forward(x, condition);
    t.true(Math.abs(logDet.dataSync()[0]! - Math.log(Math.abs(determinant(jacobian)))) < 2e-3);
  }
});

/** By elimination with pivots, in float64. */
function determinant(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map((row) => [...row]);
  let product = 1;
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows.reduce(
      (best, row, j) => (j >= i && Math.abs(row[i]!) > Math.abs(rows[best]![i]!) ? j : best),
      i,
    );
    if (pivot !== i) product = -product;
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    product *= rows[i]![i]!;
    for (let j = i + 1; j < rows.length; j++) {
      const factor = rows[j]![i]! / rows[i]![i]!;
      for (let k = i; k < rows.length; k++) rows[j]![k]! -= factor * rows[i]![k]!;
    }
  }
  return product;
}

const options = {
  ...small,
  reduction: 'mean',
  reconstructionWeight: 1,
  consistency: { weight: 0.1, form: 'mae' },
  noise: 0.01,
} as const;
const cinn = (partonWidth: number, seed = 1): Cinn =>
  new Cinn({ conditionEncoder: new PlainEncoder(2), scaling: unitScaling(1), partonWidth }, options, new Rng(seed));

test.serial('the density of a CINN integrates to one', async (t) => {
  await useBackend('cpu');
  const model = cinn(2);
  const side = 81;
  const limit = 8;
  const cell = (2 * limit) / (side - 1);
  const points = Array.from({ length: side * side }, (_, i) =>
    [Math.floor(i / side), i % side].map((k) => k * cell - limit),
  );
  const y = {
    features: tf.tensor3d([[[0.5, -1]]]),
    mask: tf.ones<tf.Rank.R2>([1, 1]),
  };
  const density = tf.exp(model.posterior({ y }).logDensity!(tf.tensor2d(points)));
  const integral = tf.sum(density).dataSync()[0]! * cell ** 2;
  t.true(Math.abs(integral - 1) < 1e-3, `${integral}`);
});

test.serial('the likelihood that a CINN is trained on is its density', async (t) => {
  await useBackend('cpu');
  const model = new Cinn(
    { conditionEncoder: new PlainEncoder(2), scaling: unitScaling(1), partonWidth: 5 },
    { ...options, noise: 0, reduction: 'sum' },
    new Rng(1),
  );
  const batch = toyEvents(20, rng.fork('events'));
  const { negativeLogLikelihood } = model.stages[0]!.loss(batch, rng).terms;
  const mean = tf.mean(model.posterior(batch.observed).logDensity!(batch.partons)).dataSync()[0]!;
  t.true(Math.abs(negativeLogLikelihood!.dataSync()[0]! + mean) < 1e-5 * Math.abs(mean));
});

test.serial('the permutations of a CINN are in its checkpoints, and no stage trains them', async (t) => {
  await useBackend('cpu');
  const [one, other] = [cinn(5, 1), cinn(5, 2)];
  const fixed = [...one.namedParameters()].filter(([, { trainable }]) => !trainable).map(([name]) => name);
  t.deepEqual(
    fixed,
    Array.from({ length: 6 }, (_, i) => `flow.blocks.${i}.permutation.matrix`),
  );
  const trained = one.stages[0]!.groups.flatMap(({ parameters }) => parameters);
  t.is(trained.length, one.parameters.length - fixed.length);
  t.true(trained.every(({ trainable }) => trainable));
  // Weights drawn from another seed give the same draws once they are replaced.
  const { observed } = toyEvents(4, rng.fork('observed'));
  const draw = (model: Cinn) => [...model.posterior(observed).draw(rng.fork('draw')).dataSync()];
  t.notDeepEqual(draw(other), draw(one));
  for (const [i, parameter] of other.parameters.entries()) parameter.assign(one.parameters[i]!);
  t.deepEqual(draw(other), draw(one));
});

test.serial('a model of one seed has the same permutations whenever it is made', async (t) => {
  await useBackend('cpu');
  const [one, again] = [cinn(5, 3), cinn(5, 3)];
  for (const [i, parameter] of one.parameters.entries()) {
    t.deepEqual(again.parameters[i]!.dataSync(), parameter.dataSync());
  }
});
