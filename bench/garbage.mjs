// What a training step leaves for the garbage collector: bytes allocated on JavaScript's heap, by sampling.
import { Session } from 'node:inspector/promises';
import { openSession } from '@unfold-zoo/runs';
import { positive } from './shared/positive.mjs';
import { trainAside, trainingConfig } from './shared/training.mjs';

export const options = {
  engine: { type: 'string', default: '{kind: native, threads: 1}', description: 'engine, in YAML' },
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  batch: { type: 'string', default: '256', description: 'events a step' },
  steps: { type: 'string', default: '20', description: 'sampled steps' },
  warmup: { type: 'string', default: '60', description: 'steps before those, while code is being compiled' },
  most: { type: 'string', default: '20', description: 'functions listed' },
};

export async function run({ engine, preset, ...numbers }) {
  const [batch, steps, warmup, most] = ['batch', 'steps', 'warmup', 'most'].map((name) =>
    positive(name, numbers[name]),
  );
  const session = await openSession(await trainingConfig({ preset, engine, batch, steps: steps + warmup + 1 }));
  const scaling = await session.scaling();
  const profiler = new Session();
  profiler.connect();
  let step = 0;
  let profile = Promise.resolve();
  const onStep = () => {
    step++;
    if (step === warmup) void profiler.post('HeapProfiler.startSampling', SAMPLING);
    if (step === warmup + steps) profile = profiler.post('HeapProfiler.stopSampling');
  };
  await trainAside(session, { model: session.model(scaling), scaling, onStep });
  const { head } = (await profile).profile;
  const functions = [...bytesByFunction(head)].sort(([, a], [, b]) => b - a);
  const total = functions.reduce((sum, [, bytes]) => sum + bytes, 0);
  return {
    engine: session.engine.label,
    preset,
    batch,
    steps,
    megabytesPerStep: total / steps / 1e6,
    kilobytesPerStep: Object.fromEntries(
      functions.slice(0, most).map(([name, bytes]) => [name, Math.round(bytes / steps / 1e3)]),
    ),
  };
}

// Samples of what has been collected since are kept.
const SAMPLING = {
  samplingInterval: 4096,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
};

/** What each function allocated, itself and through what JavaScript has built in. */
function bytesByFunction(node, caller = '(root)', found = new Map()) {
  const { functionName, url, lineNumber } = node.callFrame;
  const own = `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
  const name = url ? own : caller;
  found.set(name, (found.get(name) ?? 0) + node.selfSize);
  for (const child of node.children) bytesByFunction(child, name, found);
  return found;
}
