// Draws from an untrained model of a preset, encoder included: what a draw costs does not depend on the weights.
import * as tf from '@tensorflow/tfjs-core';
import { sequentialBatches, toObservation } from '@unfold-zoo/core/events';
import { samplePath } from '@unfold-zoo/data';
import { openSession, readRunConfig } from '@unfold-zoo/runs';
import { median } from './shared/median.mjs';

export const options = {
  engine: { type: 'string', default: 'auto', description: 'kind of engine' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  batch: { type: 'string', default: '256', description: 'draws at once' },
  draws: { type: 'string', default: '1', description: 'draws of each event' },
  steps: { type: 'string', default: '50', description: 'steps of PNDM; none: the sampler of the preset' },
  repeats: { type: 'string', default: '3', description: 'measured batches; the median is reported' },
  threads: { type: 'string', description: 'threads, for engines that have the option' },
  precision: { type: 'string', description: 'float32 or bfloat16, for engines that have the option' },
};

export async function run({ engine: kind, preset, batch, draws: each, steps, repeats, threads, precision }) {
  const draws = Number(each);
  const config = await readRunConfig(preset, {
    set: [
      `engine={kind: ${kind}${threads ? `, threads: ${threads}` : ''}${precision ? `, precision: ${precision}` : ''}}`,
      `data={kind: hdf5, train: ${JSON.stringify(samplePath())}}`,
      ...(steps === 'none' ? [] : [`sampler={kind: pndm, steps: ${steps}}`]),
    ],
  });
  const { engine, source, rng, ...session } = await openSession(config);
  const scaling = await session.scaling();
  const model = session.model(scaling);
  const batches = sequentialBatches(source, 'train', { batchSize: Math.ceil(Number(batch) / draws) });
  const { value: events } = await batches.next();
  const [times, processor] = [[], []];
  for (let i = 0; i <= Number(repeats); i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    const observed = toObservation(events, source.spec, scaling);
    const drawn = tf.tidy(() => model.posterior(observed).draw(rng.fork(`draw ${i}`), draws));
    await drawn.data();
    tf.dispose([drawn, observed]);
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    processor.push((user + system) / 1000);
  }
  const measured = times.slice(1);
  const msPerBatch = median(measured);
  return {
    engine: engine.label,
    preset,
    sampler: steps === 'none' ? "the preset's" : `pndm, ${steps} steps`,
    batch: events.size * draws,
    drawsOfEach: draws,
    eventsPerSecond: (1000 * events.size) / msPerBatch,
    drawsPerSecond: (1000 * events.size * draws) / msPerBatch,
    msPerBatch,
    processorMsPerBatch: median(processor.slice(1)),
    fastestMs: Math.min(...measured),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}
