import type { PlacedRun } from '../folder/check-runs.js';
import { readRecord } from '../folder/run-record.js';

/**
 * How long what is left of a run takes: as long as it took for the same model with other seeds, on average. Infinite
 * for a training of which none has ended, so that it is found out early.
 */
export function expectedSeconds(run: PlacedRun, runs: readonly PlacedRun[]): number {
  const own = readRecord(run.path);
  const others = runs.filter(({ model, path }) => model === run.model && path !== run.path);
  const records = others.map(({ path }) => readRecord(path));
  const training = own?.training ? 0 : mean(records.map((record) => record?.training?.seconds));
  const sampling = own?.sampling ? 0 : mean(records.map((record) => record?.sampling?.seconds));
  return training + (Number.isFinite(sampling) ? sampling : 0);
}

function mean(seconds: readonly (number | undefined)[]): number {
  const known = seconds.filter((each) => each !== undefined && Number.isFinite(each)) as number[];
  if (known.length === 0) return Number.POSITIVE_INFINITY;
  return known.reduce((sum, each) => sum + each, 0) / known.length;
}
