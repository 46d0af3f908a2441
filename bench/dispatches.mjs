// How many programs a training step has the GPU start: one batch's loss and gradients on the engine webgpu, without the
// optimiser, which works on the host. Software such as lavapipe counts as well.
import { Rng } from '@unfold-zoo/core';
import { sequentialBatches, toBatch } from '@unfold-zoo/core/events';
import { lossAndGradients } from '@unfold-zoo/core/training';
import { samplePath } from '@unfold-zoo/data';
import { openSession, readRunConfig } from '@unfold-zoo/runs';

export const options = {
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  batch: { type: 'string', default: '4', description: 'events; the number of dispatches does not depend on it' },
};

export async function run({ preset, batch: size }) {
  const config = await readRunConfig(preset, {
    set: ['engine={kind: webgpu}', `data={kind: hdf5, train: ${JSON.stringify(samplePath())}}`],
  });
  const session = await openSession(config);
  const scaling = await session.scaling();
  const [stage] = session.model(scaling).stages;
  const parameters = stage.groups.flatMap((group) => group.parameters);
  const { value: events } = await sequentialBatches(session.source, 'train', { batchSize: Number(size) }).next();
  const batch = toBatch(events, session.source.spec, scaling);
  const counts = countDispatches();
  const start = performance.now();
  await lossAndGradients(stage, parameters, batch, new Rng(1));
  return {
    engine: session.engine.label,
    preset,
    stage: stage.name,
    ...counts,
    parameters: parameters.length,
    firstMs: performance.now() - start,
  };
}

/** Counts from now on; WebGPU's classes are global once the engine has started. */
function countDispatches() {
  const counts = { dispatches: 0, submissions: 0, reads: 0 };
  const count = (prototype, method, what) => {
    const original = prototype[method];
    prototype[method] = function (...args) {
      counts[what]++;
      return original.apply(this, args);
    };
  };
  count(globalThis.GPUComputePassEncoder.prototype, 'dispatchWorkgroups', 'dispatches');
  count(globalThis.GPUQueue.prototype, 'submit', 'submissions');
  count(globalThis.GPUBuffer.prototype, 'mapAsync', 'reads');
  return counts;
}
