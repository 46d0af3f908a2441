import type { TrainingRun } from '../training-run.js';
import { loadWeights, pushWeights, readWeights, type Weight } from '../weights.js';
import { shareWeights } from './shared-state.js';

/** The weights to begin with, of worker 0 on every worker: those of the checkpoint that the run resumes, if any. */
export async function commonWeights({ model, communicator, engine, resume }: TrainingRun): Promise<readonly Weight[]> {
  if (resume) loadWeights(model, resume.checkpoint.weights, resume.path);
  const weights = await readWeights(model);
  await shareWeights(communicator, weights);
  if (communicator.rank > 0)
    pushWeights(
      weights.map(({ parameter }) => parameter),
      weights.map(({ values }) => values),
      engine.hostArithmetic,
    );
  return weights;
}
