// Training steps of a preset on real events: the whole step from Node, with loader, clipping and Adam.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train, UserError } from '@unfold-zoo/core';
import { samplePath } from '@unfold-zoo/data';
import { openSession, readRunConfig } from '../packages/cli/dist/session.js';

export const options = {
  engine: { type: 'string', default: 'auto', description: 'kind of engine' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  batch: { type: 'string', default: '256', description: 'events a step' },
  steps: { type: 'string', default: '10', description: 'measured steps' },
  warmup: { type: 'string', default: '3', description: 'steps before the measured ones' },
  threads: { type: 'string', description: 'threads, for engines that have the option' },
  slots: {
    type: 'string',
    description: "padded token slots, the event token and MET included; default the batch's longest event",
  },
};

export async function run({ engine: kind, preset, threads, slots, ...numbers }) {
  const [batch, steps, warmup] = ['batch', 'steps', 'warmup'].map((name) => positive(name, numbers[name]));
  const config = await readRunConfig(preset, [
    `engine={kind: ${kind}${threads ? `, threads: ${positive('threads', threads)}` : ''}}`,
    `data={kind: hdf5, train: ${JSON.stringify(samplePath())}}`,
    `training={batchSize: ${batch}, steps: ${steps + warmup}, fineTune: {steps: 0}, validateEvery: 1000000, checkpointEvery: 1000000, padding: ${slots ? 'capacity' : 'longest'}}`,
  ]);
  const session = await openSession(config);
  const { engine, communicator, rng } = session;
  const source = slots ? withSlots(session.source, positive('slots', slots)) : session.source;
  const scaling = await session.scaling();
  const model = session.model(scaling);
  const directory = mkdtempSync(join(tmpdir(), 'unfold-bench-'));
  const times = [];
  const memory = { peak: 0 };
  const clock = {
    onStep: () => {
      times.push(performance.now());
      memory.peak = process.resourceUsage().maxRSS * 1024;
    },
  };
  try {
    await train({
      directory,
      model,
      source,
      scaling,
      rng,
      options: config.training,
      reporters: [clock],
      communicator,
      engine: engine.label,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const durations = times
    .slice(1)
    .map((time, i) => time - times[i])
    .slice(warmup - 1);
  const median = durations.sort((a, b) => a - b)[Math.floor(durations.length / 2)];
  return {
    engine: engine.label,
    preset,
    batch,
    slots: slots ? Number(slots) : 'longest',
    steps: durations.length,
    eventsPerSecond: (1000 * batch) / median,
    msPerStep: median,
    fastestMs: durations[0],
    peakMemoryBytes: memory.peak,
    parameters: model.parameters.reduce((sum, { size }) => sum + size, 0),
  };
}

// The event token and MET take one slot each; the objects have the rest.
function withSlots(source, slots) {
  const { capacity, features } = source.spec.inputs.objects;
  const kept = slots - 2;
  if (kept < 1 || kept > capacity) throw new UserError(`invalid --slots ${slots}: expected 3 to ${capacity + 2}`);
  const width = features.length;
  const spec = { ...source.spec, inputs: { ...source.spec.inputs, objects: { capacity: kept, features } } };
  const read = async (split, start, count) => {
    const events = await source.read(split, start, count);
    const { features: all, mask } = events.inputs.objects;
    const crop = (values, size) =>
      Float32Array.from({ length: count * kept * size }, (_, i) => {
        const event = Math.floor(i / (kept * size));
        return values[event * capacity * size + (i % (kept * size))];
      });
    return { ...events, inputs: { ...events.inputs, objects: { features: crop(all, width), mask: crop(mask, 1) } } };
  };
  return {
    spec,
    read,
    blockSize: source.blockSize,
    count: (split) => source.count(split),
    open: () => source.open(),
    close: () => source.close(),
  };
}

function positive(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UserError(`invalid --${name} ${text}: expected a positive integer`);
  return value;
}
