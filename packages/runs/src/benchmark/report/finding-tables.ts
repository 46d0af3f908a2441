import type { Table, Verdict, VerdictStatus } from '@unfold-zoo/core';
import type { FinishedRun, RankedModel } from './benchmark-tables.js';

/** What one model's verdicts of one diagnostic on one quantity come to, over its seeds. */
interface JoinedVerdict {
  /** Mean. */
  readonly badness: number;
  /** The worst. */
  readonly status: VerdictStatus;
}

const MARKS: Readonly<Record<VerdictStatus, string>> = { good: ' ✓', undecided: ' ?', bad: '' };
const WORST_FIRST = ['bad', 'undecided', 'good'] as const;

const model = (label: string) => ({ label, origin: 'model' as const });

/** The models in the order of the ranking, with the verdicts of each diagnostic in short; undefined without any. */
export function findingsSummary(ranked: readonly RankedModel[]): Table | undefined {
  const diagnostics = diagnosticsOf(ranked);
  if (diagnostics.length === 0) return undefined;
  const rows = ranked.map((each) => ({
    ...model(each.label),
    cells: diagnostics.flatMap((diagnostic) => summaryCells(each, diagnostic)),
  }));
  return {
    title: 'What the evaluators find',
    heading: 'Model',
    columns: diagnostics.flatMap((diagnostic) => [model(diagnostic), model('good')]),
    rows,
    notes: [
      'Of each diagnostic the mean badness over quantities, 0.1 for a shift by 0.1 of the standard deviations of the ' +
        'posterior or for a width that is 10 % off, and on how many of them the verdict is good.',
    ],
  };
}

/** The badness of every quantity, a column a model, a table for each diagnostic. */
export function verdictTables(ranked: readonly RankedModel[]): Table[] {
  return diagnosticsOf(ranked).map((diagnostic) => ({
    title: `Verdicts of ${diagnostic}`,
    heading: 'Quantity',
    columns: ranked.map(({ label }) => model(label)),
    rows: quantitiesOf(ranked, diagnostic).map((quantity) => ({
      ...model(quantity),
      cells: ranked.map((each) => cellOf(joined(each, diagnostic, quantity))),
    })),
    notes: ['Badness, and the verdict: ✓ good, ? not enough events to tell, without a mark bad.'],
  }));
}

/** The tables that evaluators made of each run. */
export function runTables(runs: readonly FinishedRun[]): Table[] {
  return runs.flatMap(({ label, record }) =>
    (record.evaluation.findings?.tables ?? []).map((table) => ({ ...table, title: `${label}: ${table.title}` })),
  );
}

function verdictsOf(models: readonly RankedModel[]): readonly Verdict[] {
  return models.flatMap(({ runs }) => runs.flatMap(({ record }) => record.evaluation.findings?.verdicts ?? []));
}

function diagnosticsOf(models: readonly RankedModel[]): string[] {
  return [...new Set(verdictsOf(models).map(({ diagnostic }) => diagnostic))];
}

function quantitiesOf(models: readonly RankedModel[], diagnostic: string): string[] {
  const own = verdictsOf(models).filter((verdict) => verdict.diagnostic === diagnostic);
  return [...new Set(own.map(({ quantity }) => quantity))];
}

function joined(of: RankedModel, diagnostic: string, quantity: string): JoinedVerdict | undefined {
  const own = verdictsOf([of]).filter((verdict) => verdict.diagnostic === diagnostic && verdict.quantity === quantity);
  if (own.length === 0) return undefined;
  const status = WORST_FIRST.find((each) => own.some((verdict) => verdict.status === each))!;
  return { badness: own.reduce((sum, { badness }) => sum + badness, 0) / own.length, status };
}

function cellOf(verdict: JoinedVerdict | undefined): string {
  return verdict ? `${verdict.badness.toFixed(2)}${MARKS[verdict.status]}` : '-';
}

function summaryCells(of: RankedModel, diagnostic: string): string[] {
  const all = quantitiesOf([of], diagnostic).flatMap((quantity) => joined(of, diagnostic, quantity) ?? []);
  if (all.length === 0) return ['-', '-'];
  const mean = all.reduce((sum, { badness }) => sum + badness, 0) / all.length;
  return [mean.toFixed(2), `${all.filter(({ status }) => status === 'good').length} of ${all.length}`];
}
