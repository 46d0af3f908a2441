// A worker of bench/scaling.mjs: the training of bench/train-step.mjs, with the time that goes into the others.
import { Communicator, Rng } from '@unfold-zoo/core';
import { openSession } from '@unfold-zoo/runs';
import { median } from '../shared/median.mjs';
import { differences, trainAside, trainingConfig } from '../shared/training.mjs';

const { preset, engine, batch, steps, warmup } = JSON.parse(process.argv[2]);
const config = await trainingConfig({ preset, engine, batch, steps: steps + warmup });
const joined = config.catalogue.assemble(Communicator, config.choices, new Rng(0));
await joined.open();
const session = await openSession(config, joined);
const scaling = await session.scaling();
const shared = { milliseconds: 0 };
const [times, sharedTimes] = [[], []];
await trainAside(session, {
  model: session.model(scaling),
  scaling,
  onStep: record,
  communicator: timed(joined),
});
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
    allReduceSum: (...args) => clock(() => communicator.allReduceSum(...args)),
    broadcast: (bytes) => communicator.broadcast(bytes),
  };
}
