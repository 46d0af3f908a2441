// Draws from an untrained model of a preset: the cost of a draw does not depend on what the weights are.
import * as tf from '@tensorflow/tfjs-core';
import { sequentialBatches, toObservation } from '@unfold-zoo/core/events';
import { samplePath } from '@unfold-zoo/data';
import { openSession, readRunConfig } from '@unfold-zoo/runs';
import { median } from './shared/median.mjs';

export const options = {
  engine: { type: 'string', default: 'auto', description: 'kind of engine' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  batch: { type: 'string', default: '256', description: 'events drawn at once' },
  steps: { type: 'string', default: '50', description: 'steps of the PNDM sampler' },
  repeats: { type: 'string', default: '3', description: 'measured batches; the median is reported' },
  threads: { type: 'string', description: 'threads, for engines that have the option' },
  precision: { type: 'string', description: 'float32 or bfloat16, for engines that have the option' },
};

export async function run({ engine: kind, preset, batch, steps, repeats, threads, precision }) {
  const config = await readRunConfig(preset, {
    set: [
      `engine={kind: ${kind}${threads ? `, threads: ${threads}` : ''}${precision ? `, precision: ${precision}` : ''}}`,
      `data={kind: hdf5, train: ${JSON.stringify(samplePath())}}`,
      `sampler={kind: pndm, steps: ${steps}}`,
    ],
  });
  const { engine, source, rng, ...session } = await openSession(config);
  const scaling = await session.scaling();
  const model = session.model(scaling);
  const batches = sequentialBatches(source, 'train', { batchSize: Number(batch) });
  const { value: events } = await batches.next();
  const times = [];
  for (let i = 0; i <= Number(repeats); i++) {
    const start = performance.now();
    const observed = toObservation(events, source.spec, scaling);
    const drawn = tf.tidy(() => model.posterior(observed).draw(rng.fork(`draw ${i}`)));
    await drawn.data();
    tf.dispose([drawn, observed]);
    times.push(performance.now() - start);
  }
  const measured = times.slice(1);
  const msPerBatch = median(measured);
  return {
    engine: engine.label,
    preset,
    sampler: `pndm, ${steps} steps`,
    batch: events.size,
    eventsPerSecond: (1000 * events.size) / msPerBatch,
    msPerBatch,
    fastestMs: Math.min(...measured),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}
