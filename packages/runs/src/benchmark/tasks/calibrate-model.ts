import { isUserError } from '@unfold-zoo/core';
import type { PosteriorDiagnosis } from '../../diagnosis/diagnose.js';
import type { Run } from '../../run/run.js';
import { readRecord, type SamplingPlan, samePlan, writeRecord } from '../folder/run-record.js';
import type { Telling } from './task.js';

/** How a model's posteriors of single events are judged. */
export interface CalibrationTask {
  readonly plan: SamplingPlan;
  /** Draws that go through the networks at once. */
  readonly batch: number;
}

/**
 * Draws often for each of some events, and keeps what the evaluator `calibration` finds in the record of the run.
 * Draws that cannot be judged, e.g. because some are not finite, are told, and the model stays in the benchmark.
 * @returns false if it was interrupted.
 */
export async function calibrateModel(run: Run, { plan, batch }: CalibrationTask, telling: Telling): Promise<boolean> {
  const record = readRecord(run.folder)!;
  if (record.calibration && samePlan(record.calibration.plan, plan)) return true;
  try {
    const { signal, onProgress } = telling;
    const judged = await run.diagnose({ ...plan, batch, only: ['calibration'], signal, onProgress });
    if (!judged) return false;
    writeRecord(run.folder, { ...record, calibration: { plan, findings: keptFindings(judged) } });
  } catch (error) {
    if (!isUserError(error)) throw error;
    await telling.tell({ type: 'note', text: `its calibration is not judged: ${error.message}` });
  }
  return true;
}

function keptFindings({ findings: { tables, verdicts } }: PosteriorDiagnosis) {
  return { tables, verdicts };
}
