import type { Table } from '@unfold-zoo/core/findings';
import type { MethodReport, ObservableResult } from './measurement-result.js';

/** What a method of events tells of itself: its iterations, and whether its result may be trusted. */
export function reportTables(report: MethodReport, observables: readonly ObservableResult[]): Table[] {
  const { iterations, gates } = report;
  return [
    ...(iterations.length > 0 ? [iterationTable(report, observables)] : []),
    ...(gates.length > 0 ? [gateTable(report)] : []),
  ];
}

function iterationTable({ method, iterations, ended }: MethodReport, observables: readonly ObservableResult[]): Table {
  const names = [...new Set(iterations.flatMap(({ numbers }) => Object.keys(numbers)))];
  const means = observables.flatMap(({ label }, k) =>
    iterations[0]!.moments[k]!.map((_, axis, { length }) => (length === 1 ? label : `${label} ${axis + 1}`)),
  );
  return {
    title: `Iterations of ${method}`,
    heading: 'Iteration',
    columns: [...names, ...means].map((label) => ({ label, origin: 'model' as const })),
    rows: iterations.map(({ numbers, moments }, n) => ({
      label: `${n + 1}`,
      origin: 'model' as const,
      cells: [
        ...names.map((name) => (numbers[name] === undefined ? '' : numbers[name].toPrecision(4))),
        ...moments.flat().map(({ mean, deviation }) => `${mean.toPrecision(5)}, ${deviation.toPrecision(4)}`),
      ],
    })),
    notes: [
      'Of observables: mean and standard deviation of the unfolded events, without bins.',
      ended ?? 'The last iteration is the result.',
    ],
  };
}

function gateTable({ method, gates }: MethodReport): Table {
  return {
    title: `Can the weights of ${method} be trusted?`,
    heading: 'Number',
    columns: ['Value', 'Expected', 'Verdict'].map((label) => ({ label, origin: 'model' as const })),
    rows: gates.map(({ name, value, expected, passed }) => ({
      label: name,
      origin: 'model' as const,
      cells: [String(Number(value.toPrecision(4))), expected, passed ? 'good' : 'look at it'],
    })),
    notes: [],
  };
}
