import type { Findings, Table } from '@unfold-zoo/core/findings';
import type { JudgedModel } from '@unfold-zoo/report';
import type { FinishedRun, RankedModel } from './benchmark-tables.js';

/** The models with the verdicts on all their seeds. */
export function judgedModels(models: readonly RankedModel[]): JudgedModel[] {
  return models.map(({ label, runs }) => ({
    label,
    verdicts: runs.flatMap((run) => findingsOf(run).flatMap(({ verdicts = [] }) => verdicts)),
  }));
}

/** The models without what one diagnostic says of them. */
export function withoutDiagnostic(models: readonly JudgedModel[], diagnostic: string): JudgedModel[] {
  const others = ({ verdicts }: JudgedModel) => verdicts.filter((verdict) => verdict.diagnostic !== diagnostic);
  return models.map((model) => ({ ...model, verdicts: others(model) }));
}

/** For how many events the calibration of the models was judged, the fewest of all. */
export function judgedEvents(models: readonly RankedModel[]): number {
  const plans = models.flatMap(({ runs }) => runs.map(({ record }) => record.calibration?.plan ?? record.plan));
  return Math.min(...plans.map(({ events }) => events));
}

/** The tables that evaluators made of each run. */
export function runTables(runs: readonly FinishedRun[]): Table[] {
  return runs.flatMap((run) =>
    findingsOf(run).flatMap(({ tables }) =>
      tables.map((table) => ({ ...table, title: `${run.label}: ${table.title}` })),
    ),
  );
}

function findingsOf({
  record: { evaluation, calibration },
}: FinishedRun): readonly Pick<Findings, 'tables' | 'verdicts'>[] {
  return [evaluation.findings, calibration?.findings].filter((each) => each !== undefined);
}
