// A worker of bench/scaling.mjs: the training of bench/train-step.mjs, with the time that goes into the others.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Communicator, Rng, train } from '@unfold-zoo/core';
import { samplePath } from '@unfold-zoo/data';
import { openSession, readRunConfig } from '../../packages/cli/dist/session.js';

const { preset, engine, batch, steps, warmup } = JSON.parse(process.argv[2]);
const config = await readRunConfig(preset, [
  `engine=${engine}`,
  `data={kind: hdf5, train: ${JSON.stringify(samplePath())}}`,
  `training={batchSize: ${batch}, steps: ${steps + warmup}, fineTune: {steps: 0}, validateEvery: 1000000, checkpointEvery: 1000000}`,
]);
const joined = config.catalogue.assemble(Communicator, config.choices, new Rng(0));
await joined.open();
const session = await openSession(config, joined);
const scaling = await session.scaling();
const shared = { milliseconds: 0 };
const [times, sharedTimes] = [[], []];
const directory = mkdtempSync(join(tmpdir(), 'unfold-bench-'));
try {
  await train({
    directory,
    model: session.model(scaling),
    source: session.source,
    scaling,
    rng: session.rng,
    options: config.training,
    reporters: [{ onStep: record }],
    communicator: timed(joined),
    engine: session.engine.label,
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
if (joined.rank === 0) {
  const stepMs = median(differences(times).slice(warmup - 1));
  const sharedMs = median(differences(sharedTimes).slice(warmup - 1));
  console.log(JSON.stringify({ stepMs, sharedMs, eventsPerSecond: (1000 * batch) / stepMs }));
}
await joined.close();

function record() {
  times.push(performance.now());
  sharedTimes.push(shared.milliseconds);
}

// Waiting for slower workers counts as time for the others too.
function timed(communicator) {
  const clock = async (work) => {
    const started = performance.now();
    await work();
    shared.milliseconds += performance.now() - started;
  };
  return {
    rank: communicator.rank,
    world: communicator.world,
    label: communicator.label,
    allReduceMean: (...args) => clock(() => communicator.allReduceMean(...args)),
    allReduceSum: (...args) => clock(() => communicator.allReduceSum(...args)),
    broadcast: (bytes) => communicator.broadcast(bytes),
  };
}

function differences(values) {
  return values.slice(1).map((value, i) => value - values[i]);
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
