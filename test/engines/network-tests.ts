import * as tf from '@tensorflow/tfjs-core';
import { type GenerativeModel, Rng } from '@unfold-zoo/core';
import { Vld, type VldOptions, vldModel } from '@unfold-zoo/models-vld';
import { LearnedSchedule, pndm } from '@unfold-zoo/parts';
import { unitScaling } from '../models-vld/toy-networks.js';
import { networks, SMALL } from '../parts/networks.js';
import type { EngineTest } from './engine-test.js';
import { relativeError } from './relative-error.js';

/** The networks of the paper at the paper's width, with fewer blocks. */
export function makeVld(): Vld {
  const { encoder, codec, denoiser } = networks({
    conditionEncoder: { width: 96, heads: 4, layers: 2 },
    codec: { kind: 'gaussian', encoderBlocks: 2, decoderBlocks: 2 },
    denoiser: { blocks: 2 },
  });
  const options = vldModel.options.parse({ consistency: { form: 'mse' } }) as VldOptions;
  const schedule = new LearnedSchedule({ hidden: 16, min: -6, max: 5, learnEndPoints: true });
  const scaling = unitScaling(SMALL.particles.length);
  return new Vld(
    { conditionEncoder: encoder, codec, schedule, denoiser, sampler: pndm(5, 'linear'), scaling },
    options,
  );
}

/** Events of `SMALL` with one to five jets. */
export function makeBatch(events: number, rng: Rng) {
  const counts = Array.from({ length: events }, () => 1 + rng.integer(5));
  const mask = tf.tensor2d(counts.map((count) => Array.from({ length: 5 }, (_, i) => (i < count ? 1 : 0))));
  const jets: tf.Tensor3D = tf.mul(tf.reshape(rng.normalTensor(events * 5, 4), [events, 5, 4]), tf.expandDims(mask, 2));
  const met = tf.reshape<tf.Rank.R3>(rng.normalTensor(events, 2), [events, 1, 2]);
  const observed = { jets: { features: jets, mask }, met: { features: met, mask: tf.ones<tf.Rank.R2>([events, 1]) } };
  return { partons: rng.normalTensor(events, 10), observed };
}

/** The loss and every gradient of one step, by name. */
export function step(model: GenerativeModel): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  tf.tidy(() => {
    const batch = makeBatch(24, new Rng(3));
    const loss = () => tf.addN(Object.values(model.stages[0]!.loss(batch, new Rng(5)).terms)) as tf.Scalar;
    const { value, grads } = tf.variableGrads(loss, model.parameters as tf.Variable[]);
    found.set('loss', value.dataSync() as Float32Array);
    for (const [path, { name }] of model.namedParameters()) found.set(path, grads[name]!.dataSync() as Float32Array);
  });
  return found;
}

/** Euclidean norm of a difference over that of what is expected. */
function distance(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let scale = 0;
  for (const [i, value] of expected.entries()) {
    difference += (actual[i]! - value) ** 2;
    scale += value ** 2;
  }
  return Math.sqrt(difference / Math.max(scale, 1e-60));
}

/** Tests that a whole network on an engine agrees with tfjs's JavaScript backend. */
export function networkTests(backend: string, engineTest: EngineTest): void {
  engineTest('loss and gradients of a whole VLD are those of the JavaScript backend', async (t) => {
    await tf.setBackend(backend);
    const actual = step(makeVld());
    await tf.setBackend('cpu');
    const expected = step(makeVld());
    t.true(relativeError(actual.get('loss')!, expected.get('loss')!) < 1e-5);
    // All gradients together to a few roundings; a small one of its own may have lost digits to cancellation.
    const joined = (all: Map<string, Float32Array>) =>
      Float32Array.from([...all.values()].flatMap((each) => Array.from(each)));
    const gradients = [joined(actual), joined(expected)] as const;
    t.true(distance(...gradients) < 1e-5, `all differ by ${distance(...gradients)}`);
    for (const [path, values] of expected) {
      const error = distance(actual.get(path)!, values);
      // The keys' bias has no effect: its gradient is rounding alone.
      if (path.endsWith('inputBias') && path.includes('attention')) continue;
      t.true(error < 1e-4, `${path} differs by ${error}`);
    }
  });

  engineTest('samples of a VLD are those of the JavaScript backend', async (t) => {
    const sample = async (name: string) => {
      await tf.setBackend(name);
      let drawn = new Float32Array();
      tf.tidy(() => {
        const { observed } = makeBatch(20, new Rng(8));
        drawn = makeVld().posterior(observed).draw(new Rng(9)).dataSync() as typeof drawn;
      });
      return drawn;
    };
    t.true(relativeError(await sample(backend), await sample('cpu')) < 1e-4);
  });
}
