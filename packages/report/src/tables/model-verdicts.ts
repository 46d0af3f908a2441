import type { Table, Verdict, VerdictStatus } from '@unfold-zoo/core/findings';

/** A model and the verdicts on its draws: of all its seeds, where it was trained with several. */
export interface JudgedModel {
  readonly label: string;
  readonly verdicts: readonly Verdict[];
}

/** What one model's verdicts of one diagnostic on one quantity come to, over its seeds. */
interface JoinedVerdict {
  /** Mean. */
  readonly badness: number;
  /** The worst. */
  readonly status: VerdictStatus;
}

/** What one model's verdicts of one diagnostic come to, over all quantities. */
export interface VerdictSummary {
  /** Mean over the quantities. */
  readonly badness: number;
  /** Quantities on which the verdict is good. */
  readonly good: number;
  readonly undecided: number;
  /** All of them. */
  readonly quantities: number;
  /** The quantity with the largest badness. */
  readonly worst: { readonly quantity: string; readonly badness: number };
}

const MARKS: Readonly<Record<VerdictStatus, string>> = { good: ' ✓', undecided: ' ?', bad: '' };
const WORST_FIRST = ['bad', 'undecided', 'good'] as const;

const model = (label: string) => ({ label, origin: 'model' as const });

/** The models in their order, with the verdicts of each diagnostic in short; undefined without any. */
export function findingsSummary(models: readonly JudgedModel[]): Table | undefined {
  const diagnostics = diagnosticsOf(models);
  if (diagnostics.length === 0) return undefined;
  const rows = models.map((each) => ({
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
export function verdictTables(models: readonly JudgedModel[]): Table[] {
  return diagnosticsOf(models).map((diagnostic) => ({
    title: `Verdicts of ${diagnostic}`,
    heading: 'Quantity',
    columns: models.map(({ label }) => model(label)),
    rows: quantitiesOf(models, diagnostic).map((quantity) => ({
      ...model(quantity),
      cells: models.map((each) => cellOf(joined(each, diagnostic, quantity))),
    })),
    notes: ['Badness, and the verdict: ✓ good, ? not enough events to tell, without a mark bad.'],
  }));
}

/** The verdicts of one diagnostic on all quantities together; undefined where there are none. */
export function summariseVerdicts(of: JudgedModel, diagnostic: string): VerdictSummary | undefined {
  const all = quantitiesOf([of], diagnostic).map((quantity) => ({ quantity, ...joined(of, diagnostic, quantity)! }));
  if (all.length === 0) return undefined;
  const count = (status: VerdictStatus): number => all.filter((each) => each.status === status).length;
  const { quantity, badness } = all.reduce((worst, each) => (each.badness > worst.badness ? each : worst));
  return {
    badness: all.reduce((sum, each) => sum + each.badness, 0) / all.length,
    good: count('good'),
    undecided: count('undecided'),
    quantities: all.length,
    worst: { quantity, badness },
  };
}

function diagnosticsOf(models: readonly JudgedModel[]): string[] {
  return [...new Set(models.flatMap(({ verdicts }) => verdicts.map(({ diagnostic }) => diagnostic)))];
}

function quantitiesOf(models: readonly JudgedModel[], diagnostic: string): string[] {
  const own = models.flatMap(({ verdicts }) => verdicts.filter((verdict) => verdict.diagnostic === diagnostic));
  return [...new Set(own.map(({ quantity }) => quantity))];
}

function joined({ verdicts }: JudgedModel, diagnostic: string, quantity: string): JoinedVerdict | undefined {
  const own = verdicts.filter((verdict) => verdict.diagnostic === diagnostic && verdict.quantity === quantity);
  if (own.length === 0) return undefined;
  const status = WORST_FIRST.find((each) => own.some((verdict) => verdict.status === each))!;
  return { badness: own.reduce((sum, { badness }) => sum + badness, 0) / own.length, status };
}

function cellOf(verdict: JoinedVerdict | undefined): string {
  return verdict ? `${verdict.badness.toFixed(2)}${MARKS[verdict.status]}` : '-';
}

function summaryCells(of: JudgedModel, diagnostic: string): string[] {
  const summary = summariseVerdicts(of, diagnostic);
  return summary ? [summary.badness.toFixed(2), `${summary.good} of ${summary.quantities}`] : ['-', '-'];
}
