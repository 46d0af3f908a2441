import { fileNameOf } from '@unfold-zoo/core/files';
import { stringify } from 'yaml';
import { shiftRange } from '../measurement/systematics.js';
import type { Rows } from '../response/response.js';
import {
  type BinResult,
  differentialUnit,
  divisorOf,
  errorsOf,
  type MeasurementResult,
  type MethodSpectrum,
  type ObservableResult,
} from '../results/measurement-result.js';

/** A file by its name, and its text. */
export type NamedText = readonly [name: string, text: string];

/** Longest name of a table that HEPData takes. */
const LONGEST_NAME = 64;

/**
 * A submission to HEPData, as a folder of YAML files: `submission.yaml`, a table for each observable with all methods,
 * and one for the covariance of each method. HEPData takes bins with both ends alone: underflow and overflow are left
 * out. Errors are those of the data, of the finite simulation, and of each systematic variation.
 */
export function hepDataFiles(result: MeasurementResult): NamedText[] {
  const tables = [
    ...result.observables.map((each) => observableTable(result, each)),
    ...result.jointCovariances.map(({ method }) => covarianceTable(result, method)),
  ];
  const documents = [{ comment: `Measurement ${result.name}, unfolded.` }, ...tables.map(({ entry }) => entry)];
  return [
    ['submission.yaml', documents.map((each) => stringify(each)).join('---\n')],
    ...tables.map(({ entry, data }): NamedText => [entry.data_file, stringify(data)]),
  ];
}

/** An entry of `submission.yaml`, and the data file that it names. */
interface HepDataTable {
  readonly entry: {
    readonly name: string;
    readonly description: string;
    readonly keywords: readonly { readonly name: string; readonly values: readonly string[] }[];
    readonly data_file: string;
  };
  readonly data: object;
}

function observableTable({ luminosity }: MeasurementResult, observable: ObservableResult): HepDataTable {
  const { name, label, unit, bins, methods } = observable;
  const closed = [...bins.keys()].filter((bin) => bins[bin]!.width !== null);
  const units = differentialUnit(unit, luminosity);
  const what = luminosity === undefined ? 'Number of events' : 'Cross section';
  return {
    entry: {
      name: name.slice(0, LONGEST_NAME),
      description: `${what} over width of the bin, in bins of ${label}.`,
      keywords: [{ name: 'observables', values: [luminosity === undefined ? 'N' : 'DSIG/DX'] }],
      data_file: `${fileNameOf(name)}.yaml`,
    },
    data: {
      independent_variables: bins[0]!.ranges.map((_, axis, { length }) => ({
        header: { name: length === 1 ? label : `${label} ${axis + 1}`, ...(unit !== '' && { units: unit }) },
        values: closed.map((bin) => {
          const [low, high] = bins[bin]!.ranges[axis]!;
          return { low, high };
        }),
      })),
      dependent_variables: methods.map((method) => ({
        header: { name: `${what} / width`, units },
        qualifiers: [{ name: 'Method', value: method.method }],
        values: closed.map((bin) => pointOf(method, bin, divisorOf(bins[bin]!, luminosity)!)),
      })),
    },
  };
}

/** Errors that are 0 are left out: HEPData refuses values all of whose errors are. */
function pointOf(method: MethodSpectrum, bin: number, divisor: number) {
  const symmetric = [
    { symerror: errorsOf(method.statistical)[bin]! / divisor, label: 'stat' },
    { symerror: errorsOf(method.simulation)[bin]! / divisor, label: 'simulation' },
  ].filter(({ symerror }) => symerror !== 0);
  const systematic = method.shifts.flatMap((shift) => {
    const [down, up] = shiftRange(shift, bin).map((change) => change / divisor);
    return up === 0 && down === 0 ? [] : [{ asymerror: { plus: up, minus: down }, label: `sys,${shift.name}` }];
  });
  const errors = [...symmetric, ...systematic];
  return { value: method.values[bin]! / divisor, ...(errors.length > 0 && { errors }) };
}

function covarianceTable({ observables, jointCovariances, luminosity }: MeasurementResult, name: string): HepDataTable {
  const { covariance, systematic } = jointCovariances.find(({ method }) => method === name)!;
  const all = observables.flatMap((each) => each.bins.map((bin) => ({ bin, label: `${each.name}: ${bin.label}` })));
  const closed = [...all.keys()].filter((i) => all[i]!.bin.width !== null);
  const pairs = closed.flatMap((i) => closed.map((j) => [i, j] as const));
  const divisor = (i: number): number => divisorOf(all[i]!.bin as BinResult, luminosity)!;
  const axis = (title: string, of: (pair: readonly [number, number]) => number) => ({
    header: { name: title },
    values: pairs.map((pair) => ({ value: all[of(pair)]!.label })),
  });
  const values = (title: string, matrix: Rows) => ({
    header: { name: title },
    qualifiers: [{ name: 'Method', value: name }],
    values: pairs.map(([i, j]) => ({ value: matrix[i]![j]! / (divisor(i) * divisor(j)) })),
  });
  const hasSystematic = systematic.some((row) => row.some((value) => value !== 0));
  return {
    entry: {
      name: `Covariance, ${name}`.slice(0, LONGEST_NAME),
      description: `Covariance between all bins of all observables, by ${name}; in the units of the tables.`,
      keywords: [{ name: 'phrases', values: ['covariance'] }],
      data_file: `covariance-${fileNameOf(name)}.yaml`,
    },
    data: {
      independent_variables: [axis('First bin', ([i]) => i), axis('Second bin', ([, j]) => j)],
      dependent_variables: [
        values('Statistical covariance', covariance),
        ...(hasSystematic ? [values('Systematic covariance', systematic)] : []),
      ],
    },
  };
}
