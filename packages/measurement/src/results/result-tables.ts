import type { Table } from '@unfold-zoo/core/findings';
import { csvLine } from '@unfold-zoo/report';
import { chiSquaredText } from '../statistics/chi-squared.js';
import { breakdownTable } from './breakdown-table.js';
import {
  differentialUnit,
  divisorOf,
  errorsOf,
  type MeasurementResult,
  type ObservableResult,
  systematicErrors,
  totalErrors,
} from './measurement-result.js';
import { reportTables } from './report-tables.js';

/** A table for each observable, and one of the tests of methods if there were any. */
export function measurementTables(result: MeasurementResult): Table[] {
  const spectra = result.observables.flatMap((each) => [
    spectrumTable(each, result.luminosity),
    ...each.methods.filter(({ shifts }) => shifts.length > 0).map((method) => breakdownTable(each, method)),
  ]);
  const reports = result.reports.flatMap((each) => reportTables(each, result.observables));
  return [...spectra, ...reports, ...(result.tests.length > 0 ? [testTable(result)] : [])];
}

function spectrumTable(observable: ObservableResult, luminosity: number | undefined): Table {
  const { label, unit, bins, truth, simulation, methods, predictions = [], notes } = observable;
  const reference = truth ?? simulation;
  const column = (name: string) => ({ label: name, origin: 'model' as const });
  const rows = bins.map((bin, i) => {
    const shown = (value: number): string => rounded(value / (divisorOf(bin, luminosity) ?? luminosity ?? 1));
    const found = methods.map((each) => {
      const [statistical, ofSimulation] = [errorsOf(each.statistical)[i]!, errorsOf(each.simulation)[i]!];
      const systematic = each.shifts.length > 0 ? ` ± ${shown(systematicErrors(each)[i]!)}` : '';
      return `${shown(each.values[i]!)} ± ${shown(statistical)} ± ${shown(ofSimulation)}${systematic}`;
    });
    const predicted = predictions.map(({ values, errors }) =>
      values[i] == null ? '' : `${shown(values[i])} ± ${shown(errors[i]!)}`,
    );
    return { label: bin.label, origin: 'model' as const, cells: [shown(reference[i]!), ...found, ...predicted] };
  });
  const agreements = methods.map(({ agreement }) => (agreement ? agreementText(agreement) : ''));
  const blank = predictions.map(() => '');
  const sum = { label: 'χ² / bins (chance)', origin: 'sum' as const, cells: ['', ...agreements, ...blank] };
  const withPredictions = predictions.map(({ name, agreements: own }) => ({
    label: `χ² / bins (chance) with ${name}`,
    origin: 'sum' as const,
    cells: ['', ...own.map(agreementText), ...blank],
  }));
  const open = luminosity === undefined ? 'events' : 'fb';
  return {
    title: `${label} [${differentialUnit(unit, luminosity)}]`,
    heading: unit === '' ? label : `${label} [${unit}]`,
    columns: [
      column(truth ? 'Truth' : 'Simulation'),
      ...methods.map(({ method }) => column(method)),
      ...predictions.map(({ name }) => column(name)),
    ],
    rows: [...rows, ...(truth ? [sum] : []), ...withPredictions],
    notes: [
      `Errors: of the data, of the finite simulation, and systematic, if any. Bins without an end: in ${open}.`,
      ...notes,
    ],
  };
}

function agreementText(agreement: NonNullable<ObservableResult['methods'][0]['agreement']>): string {
  return `${chiSquaredText(agreement)} (${agreement.chance.toFixed(3)})`;
}

function testTable({ tests }: MeasurementResult): Table {
  return {
    title: 'Tests of the methods',
    heading: 'Test',
    columns: ['Method', 'Observable', 'Outcome'].map((label) => ({ label, origin: 'model' as const })),
    rows: tests.map(({ test, method, observable, outcome }) => ({
      label: test,
      origin: 'model' as const,
      cells: [method, observable, outcome],
    })),
    notes: [
      'closure: one half of the simulation unfolded with the other. linearity: 1 for a method without bias. ' +
        'coverage: share of toys whose error holds the truth, 0.683 if errors are right. bottom-line: at most 1.',
    ],
  };
}

/** Four digits that count. */
function rounded(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 12)).replace('-', '−');
}

/** One observable as CSV: a row for each bin; events, and the differential result of bins with both ends. */
export function spectrumCsv(
  { bins, truth, simulation, methods, predictions = [] }: ObservableResult,
  luminosity: number | undefined,
): string {
  const axes = bins[0]!.ranges.length;
  const ends = Array.from({ length: axes }, (_, axis) => [`low_${axis + 1}`, `high_${axis + 1}`]).flat();
  const ofMethod = [
    'events',
    'statistical',
    'simulation_error',
    'systematic',
    'total_error',
    'differential',
    'differential_error',
  ];
  const heading = [
    ...ends,
    'simulation',
    ...(truth ? ['truth'] : []),
    ...methods.flatMap(({ method }) => ofMethod.map((name) => `${method} ${name}`)),
    ...predictions.flatMap(({ name }) => [`${name} predicted`, `${name} predicted_error`]),
  ];
  const rows = bins.map((bin, i) => {
    const divisor = divisorOf(bin, luminosity);
    const found = methods.flatMap((each) => {
      const total = totalErrors(each)[i]!;
      const differential = divisor === null ? ['', ''] : [each.values[i]! / divisor, total / divisor];
      return [
        each.values[i]!,
        errorsOf(each.statistical)[i]!,
        errorsOf(each.simulation)[i]!,
        systematicErrors(each)[i]!,
        total,
        ...differential,
      ];
    });
    const predicted = predictions.flatMap(({ values, errors }) => [values[i] ?? '', errors[i] ?? '']);
    const place = bin.ranges.flat().map((end) => end ?? '');
    return [...place, simulation[i]!, ...(truth ? [truth[i]!] : []), ...found, ...predicted];
  });
  return `${[heading, ...rows].map(csvLine).join('\n')}\n`;
}

/** The joint covariance of a method as CSV: two bins, each by observable and label, and their covariance. */
export function covarianceCsv(result: MeasurementResult, method: string): string {
  const names = jointBins(result);
  const { covariance } = jointOf(result, method);
  const rows = [['', ...names], ...covariance.map((row, i) => [names[i]!, ...row])];
  return `${rows.map(csvLine).join('\n')}\n`;
}

/** The replicas of the data by a method as CSV: a row for each, with all bins of all observables. */
export function replicasCsv(result: MeasurementResult, method: string): string {
  return `${[jointBins(result), ...jointOf(result, method).replicas].map(csvLine).join('\n')}\n`;
}

function jointBins({ observables }: MeasurementResult): string[] {
  return observables.flatMap(({ name, bins }) => bins.map(({ label }) => `${name}: ${label}`));
}

function jointOf({ jointCovariances }: MeasurementResult, method: string) {
  return jointCovariances.find((each) => each.method === method)!;
}
