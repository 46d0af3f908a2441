import type { Findings, Table, Verdict, VerdictStatus } from '@unfold-zoo/core/findings';

const WORDS: Readonly<Record<VerdictStatus, string>> = { good: 'good', bad: 'bad', undecided: 'cannot tell' };

/** Verdicts in words as a table of four columns, the worst first. */
export function verdictTable(verdicts: readonly Verdict[]): Table {
  const origin = 'model' as const;
  const sorted = verdicts.toSorted((a, b) => place(a) - place(b) || b.badness - a.badness);
  return {
    title: 'Verdicts, the worst first',
    heading: 'Quantity',
    columns: ['Verdict', 'Badness', 'In words', 'Diagnostic'].map((label) => ({ label, origin })),
    rows: sorted.map(({ quantity, status, text, diagnostic, badness }) => ({
      label: quantity,
      origin,
      cells: [WORDS[status], badness.toFixed(2), text, diagnostic],
    })),
    notes: [
      "Badness: a standardised size of the effect, 0.1 for a shift by 0.1 of the posterior's standard deviations or " +
        'for a width that is 10 % off.',
    ],
  };
}

/** What evaluators found as tables: their verdicts, the worst first, and what these come from. */
export function tablesOfFindings({ tables, verdicts = [] }: Findings): readonly Table[] {
  return verdicts.length > 0 ? [verdictTable(verdicts), ...tables] : tables;
}

function place({ status }: Verdict): number {
  return ['bad', 'undecided', 'good'].indexOf(status);
}
