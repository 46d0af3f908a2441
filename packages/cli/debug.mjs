import * as tf from '@tensorflow/tfjs-core';
import {
  alpha,
  CheckpointStore,
  denoise,
  diffuse,
  Engine,
  EventSource,
  EventSpec,
  GenerativeModel,
  loadWeights,
  makeDiffusion,
  Rng,
  readSamplingWeights,
  Sampler,
  Scaling,
  sequentialBatches,
  service,
  toBatch,
} from '@unfold-zoo/core';
import { RunDirectory } from './dist/run-directory.js';
import { readRunConfig } from './dist/session.js';

const dir = new RunDirectory(process.argv[2]);
const config = await readRunConfig(dir.config, process.argv.slice(3));
const { catalogue, choices } = config;
const rng = new Rng(0);
const engine = catalogue.assemble(Engine, choices, rng);
await engine.start();
console.log(engine.label);
const src = catalogue.assemble(EventSource, choices, rng);
await src.open();
const scaling = dir.scaling;
const model = catalogue.assemble(GenerativeModel, choices, rng, [
  service(EventSpec, src.spec),
  service(Scaling, scaling),
]);
loadWeights(model, readSamplingWeights(dir.checkpoint('latest')), 'x');
let batch;
for await (const h of sequentialBatches(src, 'test', { batchSize: 2000 })) {
  batch = toBatch(h, src.spec, scaling);
  break;
}
const cond = model.conditionEncoder.encode(batch.observed);
const post = model.codec.encode(batch.partons, cond);
const z = post.sample(new Rng(1));
const stat = (name, x) => {
  const m = tf.moments(x, 0);
  const norm = tf.mean(tf.sqrt(tf.sum(tf.square(x), 1))).dataSync()[0];
  console.log(
    name,
    'norm',
    norm.toFixed(3),
    'mean',
    [...m.mean.dataSync()]
      .slice(0, 8)
      .map((v) => v.toFixed(2))
      .join(' '),
    'sd',
    [...tf.sqrt(m.variance).dataSync()]
      .slice(0, 8)
      .map((v) => v.toFixed(3))
      .join(' '),
  );
};
stat('z encoded', z);
stat('partons', batch.partons);
stat('decoded', model.codec.decode(z, cond));
console.log('mean|cond| sd', tf.mean(tf.sqrt(tf.moments(cond, 0).variance)).dataSync()[0]);
for (const tt of [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]) {
  const t = tf.fill([2000], tt);
  const g = model.schedule.gamma(t);
  const noise = new Rng(3).normalTensor(2000, z.shape[1]);
  const e = model.denoiser.predictNoise(diffuse(z, noise, g), { t, gamma: g }, cond);
  console.log(
    tt,
    'gamma',
    g.dataSync()[0].toFixed(2),
    'slope',
    model.schedule.gammaSlope(t).dataSync()[0].toFixed(2),
    'mse eps',
    tf.mean(tf.squaredDifference(e, noise)).dataSync()[0].toFixed(4),
  );
}
const s = catalogue.assemble(Sampler, choices, rng);
const d = makeDiffusion(model.schedule, (l, lev) => model.denoiser.predictNoise(l, lev, cond));
const z0 = tf.div(denoise(s, new Rng(5).normalTensor(2000, z.shape[1]), d, new Rng(6)), alpha(d.gamma(0)));
stat('z sampled', z0);
stat('decoded', model.codec.decode(z0, cond));
