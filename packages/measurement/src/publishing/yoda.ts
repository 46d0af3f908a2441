import { fileNameOf } from '@unfold-zoo/core/files';
import { shiftRange } from '../measurement/systematics.js';
import {
  type BinResult,
  divisorOf,
  errorsOf,
  type MeasurementResult,
  type MethodSpectrum,
  type ObservableResult,
} from '../results/measurement-result.js';

/**
 * The spectra of one dimension as YODA 2 text: an `Estimate1D` for each observable and method, differential, with the
 * errors of the data, of the finite simulation and of each systematic variation. Underflow and overflow have no width,
 * and so no differential value.
 */
export function yodaText(result: MeasurementResult): string {
  return result.observables
    .filter(({ bins }) => bins[0]!.ranges.length === 1)
    .flatMap((observable) => observable.methods.map((method) => estimate(result, observable, method)))
    .join('\n');
}

function estimate({ name, luminosity }: MeasurementResult, observable: ObservableResult, method: MethodSpectrum) {
  const path = ['REF', name, observable.name, method.method].map((part) => `/${fileNameOf(part)}`).join('');
  const edges = observable.bins.flatMap(({ ranges: [range] }) => (range![0] === null ? [] : [range![0]]));
  const labels = ['stat', 'simulation', ...method.shifts.map((shift) => shift.name)];
  const rows = observable.bins.map((bin, i) => rowOf(bin, i, { method, luminosity, sources: labels.length }));
  const errorColumns = labels.map((_, k) => `errDn(${k + 1}) errUp(${k + 1})`);
  return [
    `BEGIN YODA_ESTIMATE1D_V3 ${path}`,
    `Path: ${path}`,
    `Title: ${observable.label}, ${method.method}`,
    'Type: Estimate1D',
    '---',
    `Edges(A1): [${edges.map(number).join(', ')}]`,
    `ErrorLabels: [${labels.map((label) => JSON.stringify(label)).join(', ')}]`,
    `# value ${errorColumns.join(' ')}`,
    ...rows,
    'END YODA_ESTIMATE1D_V3',
    '',
  ].join('\n');
}

/** Value, and for each source how far down and up the error goes; `---` where there is none. */
function rowOf(
  bin: BinResult,
  i: number,
  {
    method,
    luminosity,
    sources,
  }: { readonly method: MethodSpectrum; readonly luminosity: number | undefined; readonly sources: number },
): string {
  const divisor = divisorOf(bin, luminosity);
  if (divisor === null) return ['nan', ...Array<string>(2 * sources).fill('---')].join(' ');
  const [statistical, simulation] = [errorsOf(method.statistical)[i]!, errorsOf(method.simulation)[i]!];
  const systematic = method.shifts.map((shift) => shiftRange(shift, i));
  const errors = [[-statistical, statistical], [-simulation, simulation], ...systematic].flat();
  return [method.values[i]!, ...errors].map((value) => number(value / divisor)).join(' ');
}

/** As many digits as a number of 64 bits has. */
function number(value: number): string {
  return value.toExponential(16);
}
