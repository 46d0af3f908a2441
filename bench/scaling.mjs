// Training steps on several workers against one, each on one thread: `node bench/scaling.mjs --ranks 2 --json`.
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { mpirun } from './distributed/mpirun.mjs';
import { positive } from './shared/positive.mjs';

export const options = {
  ranks: { type: 'string', default: '2', description: 'workers' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  engine: { type: 'string', default: '{kind: native, threads: 1}', description: 'engine of each worker' },
  batch: { type: 'string', default: '128', description: 'events a step of one worker' },
  bind: {
    type: 'string',
    default: 'core',
    description: "core, a core for each worker and Node's threads of it, or none",
  },
  steps: { type: 'string', default: '20', description: 'measured steps' },
  warmup: { type: 'string', default: '5', description: 'steps before the measured ones' },
};

export async function run({ preset, engine, bind, ...numbers }) {
  if (bind !== 'core' && bind !== 'none') throw new UserError(`invalid --bind ${bind}: expected core or none`);
  const [ranks, batch, steps, warmup] = ['ranks', 'batch', 'steps', 'warmup'].map((name) =>
    positive(name, numbers[name]),
  );
  const measure = (workers, events) =>
    mpirun(workers, 'train-step-worker.mjs', [JSON.stringify({ preset, engine, batch: events, steps, warmup })], bind);
  const one = measure(1, batch);
  // Weak: as many events for each worker as one alone had. Strong: the same batch shared out.
  const weak = { ...measure(ranks, batch * ranks), batch: batch * ranks };
  const whole = measure(1, batch * ranks);
  const against = (single, many) => ({
    ...many,
    sharedPart: many.sharedMs / many.stepMs,
    speedUp: many.eventsPerSecond / single.eventsPerSecond,
    efficiency: many.eventsPerSecond / single.eventsPerSecond / ranks,
  });
  return {
    preset,
    engine,
    bind,
    ranks,
    steps,
    one: { ...one, batch },
    weak: against(one, weak),
    oneWithWholeBatch: { ...whole, batch: batch * ranks },
    strong: against(whole, weak),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.argv.splice(2, 0, 'scaling');
  void import('./run.mjs'); // Which imports this module again: waiting for it would never end.
}
