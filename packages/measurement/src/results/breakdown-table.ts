import type { Table } from '@unfold-zoo/core/findings';
import { shiftError } from '../measurement/systematics.js';
import { errorsOf, type MethodSpectrum, type ObservableResult, totalErrors } from './measurement-result.js';

/** What the error of each bin is made of, in percent of its value; with its sign for systematic variations. */
export function breakdownTable({ label, unit, bins }: ObservableResult, method: MethodSpectrum): Table {
  const { values } = method;
  const sources = errorSources(method);
  return {
    title: `Errors of ${label}, ${method.method} [%]`,
    heading: unit === '' ? label : `${label} [${unit}]`,
    columns: sources.map(({ name }) => ({ label: name, origin: 'model' as const })),
    rows: bins.map((bin, i) => ({
      label: bin.label,
      origin: 'model' as const,
      cells: sources.map(({ errors }) => percent(errors[i]!, values[i]!)),
    })),
    notes: ['Systematic: half of the difference of up and down, or all of up where there is no down; signs say how.'],
  };
}

/** A source of errors. */
export interface ErrorSource {
  readonly name: string;
  /** [bins] of one standard deviation, with its sign for a systematic variation. */
  readonly errors: readonly number[];
}

/** What the errors of a method are made of, and in the end all of it together. */
export function errorSources(method: MethodSpectrum): ErrorSource[] {
  const { shifts, statistical, simulation } = method;
  return [
    { name: 'data', errors: errorsOf(statistical) },
    { name: 'finite simulation', errors: errorsOf(simulation) },
    ...shifts.map((shift) => ({ name: shift.name, errors: shiftError(shift) })),
    { name: 'total', errors: totalErrors(method) },
  ];
}

function percent(error: number, value: number): string {
  return value === 0 ? '' : ((100 * error) / Math.abs(value)).toFixed(1).replace('-', '−');
}
