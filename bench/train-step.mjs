// Training steps of a preset on real events: the whole step from Node, with loader, clipping and Adam.
import { UserError } from '@unfold-zoo/core';
import { openSession } from '@unfold-zoo/runs';
import { changedSource } from './shared/changed-source.mjs';
import { median } from './shared/median.mjs';
import { positive } from './shared/positive.mjs';
import { differences, trainAside, trainingConfig } from './shared/training.mjs';

export const options = {
  engine: { type: 'string', default: 'auto', description: 'kind of engine' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  batch: { type: 'string', default: '256', description: 'events a step' },
  steps: { type: 'string', default: '10', description: 'measured steps' },
  warmup: {
    type: 'string',
    default: '20',
    description: 'steps before the measured ones, while code is being compiled',
  },
  threads: { type: 'string', description: 'threads, for engines that have the option' },
  memory: { type: 'string', description: 'fast or low, for engines that have the option' },
  precision: { type: 'string', description: 'float32 or bfloat16, for engines that have the option' },
  slots: {
    type: 'string',
    description: "padded token slots, the event token and MET included; default the batch's longest event",
  },
  full: { type: 'boolean', default: false, description: 'fill every slot with an object, so that none is padding' },
};

export async function run({ engine: kind, preset, threads, memory, precision, slots, full, ...numbers }) {
  const [batch, steps, warmup] = ['batch', 'steps', 'warmup'].map((name) => positive(name, numbers[name]));
  const config = await trainingConfig({
    preset,
    engine: engineConfig({
      kind,
      ...(threads && { threads: positive('threads', threads) }),
      ...(memory && { memory }),
      ...(precision && { precision }),
    }),
    batch,
    steps: steps + warmup,
    padding: slots || full ? 'capacity' : 'longest',
  });
  const session = await openSession(config);
  const sized = slots ? withSlots(session.source, positive('slots', slots)) : session.source;
  const source = full ? filled(sized) : sized;
  const scaling = await session.scaling();
  const model = session.model(scaling);
  const [times, processor] = [[], []];
  const resident = { peak: 0 };
  const onStep = () => {
    times.push(performance.now());
    const { user, system } = process.cpuUsage();
    processor.push((user + system) / 1000);
    resident.peak = process.resourceUsage().maxRSS * 1024;
  };
  await trainAside(session, { model, scaling, source, onStep });
  const durations = differences(times).slice(warmup - 1);
  const msPerStep = median(durations);
  return {
    engine: session.engine.label,
    preset,
    batch,
    slots: slots ? Number(slots) : full ? 'all' : 'longest',
    full,
    steps: durations.length,
    eventsPerSecond: (1000 * batch) / msPerStep,
    msPerStep,
    processorMsPerStep: median(differences(processor).slice(warmup - 1)),
    fastestMs: Math.min(...durations),
    peakMemoryBytes: resident.peak,
    parameters: model.parameters.reduce((sum, { size }) => sum + size, 0),
  };
}

function engineConfig(engine) {
  return `{${Object.entries(engine)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')}}`;
}

// The event token and MET take one slot each; the objects have the rest.
function withSlots(source, slots) {
  const { capacity, features } = source.spec.inputs.objects;
  const kept = slots - 2;
  if (kept < 1 || kept > capacity) throw new UserError(`invalid --slots ${slots}: expected 3 to ${capacity + 2}`);
  const width = features.length;
  const spec = { ...source.spec, inputs: { ...source.spec.inputs, objects: { capacity: kept, features } } };
  return withObjects(source, spec, ({ features: all, mask }, count) => {
    const crop = (values, size) =>
      Float32Array.from({ length: count * kept * size }, (_, i) => {
        const event = Math.floor(i / (kept * size));
        return values[event * capacity * size + (i % (kept * size))];
      });
    return { features: crop(all, width), mask: crop(mask, 1) };
  });
}

// Every slot holds one of the event's own objects, in turn.
function filled(source) {
  const { capacity, features: names } = source.spec.inputs.objects;
  const width = names.length;
  return withObjects(source, source.spec, ({ features, mask }, count) => {
    const full = new Float32Array(features.length);
    for (let event = 0; event < count; event++) {
      const first = event * capacity;
      const present = Array.from({ length: capacity }, (_, slot) => first + slot).filter((row) => mask[row] === 1);
      for (let slot = 0; slot < capacity; slot++) {
        const row = present[slot % present.length] ?? first;
        full.set(features.subarray(row * width, (row + 1) * width), (first + slot) * width);
      }
    }
    return { features: full, mask: new Float32Array(mask.length).fill(1) };
  });
}

// The same events with other objects, as `change` makes them of a block of `count` events.
function withObjects(source, spec, change) {
  return changedSource(source, {
    spec,
    async read(split, start, count) {
      const events = await source.read(split, start, count);
      return { ...events, inputs: { ...events.inputs, objects: change(events.inputs.objects, count) } };
    },
  });
}
