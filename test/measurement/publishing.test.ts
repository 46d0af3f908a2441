import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  hepDataFiles,
  type MeasurementResult,
  predictionOf,
  readPublished,
  spectrumCsv,
  yodaText,
} from '@unfold-zoo/measurement';
import test from 'ava';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const SPECTRUM = {
  method: 'iterative-bayes',
  values: [3, 40, 90, 8],
  statistical: [4, 16, 25, 9].map((variance, i) => [0, 1, 2, 3].map((j) => (i === j ? variance : 0.5))),
  simulation: [0, 0, 0, 0].map(() => [0, 0, 0, 0]),
  shifts: [
    { name: 'jet_energy', up: [0, 2, -3, 0], down: [0, -1, 4, 0] },
    { name: 'model', up: [0, 6, 0, 0] },
  ],
  decisions: {},
};

/** Two bins of 10 and 30 GeV, underflow and overflow, with 2 / fb. */
const RESULT: MeasurementResult = {
  name: 'top',
  luminosity: 2,
  observables: [
    {
      name: 'top_pt',
      label: 'Top pT',
      unit: 'GeV',
      bins: [
        { label: 'below 0', ranges: [[null, 0]], width: null },
        { label: '0 to 10', ranges: [[0, 10]], width: 10 },
        { label: '10 to 40', ranges: [[10, 40]], width: 30 },
        { label: 'above 40', ranges: [[40, null]], width: null },
      ],
      simulation: [3, 40, 90, 8],
      methods: [SPECTRUM],
      notes: [],
    },
  ],
  jointCovariances: [
    {
      method: 'iterative-bayes',
      covariance: SPECTRUM.statistical,
      systematic: SPECTRUM.statistical.map((row) => row.map(() => 6)),
      replicas: [],
    },
  ],
  reports: [],
  tests: [],
};

// What HEPData takes, after its published schemas of version 1.1.1.
const named = z.strictObject({ name: z.string(), units: z.string().optional() });
const tableEntry = z.strictObject({
  name: z.string().max(64),
  description: z.string(),
  keywords: z.array(
    z.strictObject({
      name: z.enum(['cmenergies', 'observables', 'reactions', 'phrases']),
      values: z.array(z.union([z.string().max(128), z.number()])),
    }),
  ),
  data_file: z.string(),
});
const independent = z.union([
  z.strictObject({ value: z.union([z.string(), z.number()]) }),
  z.strictObject({ low: z.number(), high: z.number(), value: z.number().optional() }),
]);
const error = z.union([
  z.strictObject({ symerror: z.number().gt(0), label: z.string() }),
  z.strictObject({ asymerror: z.strictObject({ plus: z.number(), minus: z.number() }), label: z.string() }),
]);
const dataTable = z.strictObject({
  independent_variables: z.array(z.strictObject({ header: named, values: z.array(independent) })),
  dependent_variables: z.array(
    z.strictObject({
      header: named,
      qualifiers: z.array(z.strictObject({ name: z.string(), value: z.union([z.string(), z.number()]) })),
      values: z.array(z.strictObject({ value: z.number(), errors: z.array(error).min(1).optional() })),
    }),
  ),
});

test('a HEPData submission names its files, and is as the published schemas want it', (t) => {
  const files = new Map(hepDataFiles(RESULT));
  const documents = parseAllDocuments(files.get('submission.yaml')!).map((each) => each.toJS() as unknown);
  t.truthy((documents[0] as { comment: string }).comment);
  const entries = documents.slice(1).map((each) => tableEntry.parse(each));
  t.deepEqual(['submission.yaml', ...entries.map((each) => each.data_file)], [...files.keys()]);
  for (const { data_file: file } of entries) {
    const { independent_variables: axes, dependent_variables: values } = dataTable.parse(parse(files.get(file)!));
    for (const each of [...axes, ...values]) t.is(each.values.length, axes[0]!.values.length);
  }
  t.false(files.get('submission.yaml')!.trimEnd().endsWith('---'));
});

test('a HEPData table has differential values and signed errors of the bins that have both ends', (t) => {
  const files = new Map(hepDataFiles(RESULT));
  const { independent_variables: axes, dependent_variables: values } = dataTable.parse(
    parse(files.get('top_pt.yaml')!),
  );
  t.deepEqual(axes[0]!.values, [
    { low: 0, high: 10 },
    { low: 10, high: 40 },
  ]);
  t.is(values[0]!.header.units, 'fb / GeV');
  // 40 events of 10 GeV and 2 / fb.
  t.deepEqual(values[0]!.values[0], {
    value: 2,
    errors: [
      { symerror: 0.2, label: 'stat' },
      { asymerror: { plus: 0.1, minus: -0.05 }, label: 'sys,jet_energy' },
      { asymerror: { plus: 0.3, minus: -0.3 }, label: 'sys,model' },
    ],
  });
  const covariance = dataTable.parse(parse(files.get('covariance-iterative-bayes.yaml')!));
  t.deepEqual(
    covariance.dependent_variables.map((each) => each.values.map(({ value }) => value)),
    [
      [16 / 400, 0.5 / 1200, 0.5 / 1200, 25 / 3600],
      [6 / 400, 6 / 1200, 6 / 1200, 6 / 3600],
    ],
  );
});

test('YODA text has a row for underflow, each bin and overflow, and two columns for each error', (t) => {
  const lines = yodaText(RESULT).split('\n');
  t.is(lines[0], 'BEGIN YODA_ESTIMATE1D_V3 /REF/top/top_pt/iterative-bayes');
  const edges = lines.find((line) => line.startsWith('Edges(A1): '))!;
  t.deepEqual(JSON.parse(edges.slice('Edges(A1): '.length)), [0, 10, 40]);
  t.true(lines.includes('ErrorLabels: ["stat", "simulation", "jet_energy", "model"]'));
  const rows = lines.slice(
    lines.findIndex((line) => line.startsWith('# value')) + 1,
    lines.indexOf('END YODA_ESTIMATE1D_V3'),
  );
  t.is(rows.length, 4);
  t.is(rows[0], 'nan --- --- --- --- --- --- --- ---');
  t.deepEqual(rows[1]!.split(' ').map(Number), [2, -0.2, 0.2, 0, 0, -0.05, 0.1, -0.3, 0.3]);
});

const folder = mkdtempSync(join(tmpdir(), 'unfold-publishing-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A file of the test, by its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The result in every format, and what its files hold. */
function published(): { readonly path: string; readonly hasOpenBins: boolean }[] {
  const submission = join(folder, 'hepdata');
  mkdirSync(submission, { recursive: true });
  for (const [name, text] of hepDataFiles(RESULT)) file(join('hepdata', name), text);
  return [
    { path: file('measurement.json', JSON.stringify(RESULT)), hasOpenBins: true },
    { path: file('top_pt.csv', spectrumCsv(RESULT.observables[0]!, RESULT.luminosity)), hasOpenBins: true },
    { path: file('measurement.yoda', yodaText(RESULT)), hasOpenBins: false },
    { path: submission, hasOpenBins: false },
    { path: join(submission, 'submission.yaml'), hasOpenBins: false },
  ];
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9 * Math.abs(b);

test('every format that is written is read back as a prediction of the same numbers', (t) => {
  const { values } = SPECTRUM;
  // Data, half the difference of up and down, and all of up: in squares.
  const errors = [2, Math.sqrt(16 + 1.5 ** 2 + 36), Math.sqrt(25 + 3.5 ** 2), 3];
  for (const { path, hasOpenBins } of published()) {
    const [spectrum, ...others] = readPublished(path);
    t.deepEqual([spectrum!.observable, spectrum!.method, others.length], ['top_pt', 'iterative-bayes', 0], path);
    const counted = spectrum!.values === 'events' && spectrum!.luminosity === undefined;
    const known = counted ? { ...spectrum!, luminosity: 2 } : spectrum!;
    // A measurement of twice the luminosity has twice the events.
    const predicted = predictionOf('x', known, RESULT.observables[0]!, 4);
    for (const [i, value] of values.entries()) {
      const isOpen = i === 0 || i === 3;
      if (isOpen && !hasOpenBins) t.is(predicted.values[i], null);
      else {
        t.true(isNear(predicted.values[i]!, 2 * value), `${path} ${i}: ${predicted.values[i]}`);
        t.true(isNear(predicted.errors[i]!, 2 * errors[i]!), `${path} ${i}: ${predicted.errors[i]}`);
      }
    }
  }
});

test('published results of other bins or units, and files of other content, are refused by name', (t) => {
  const [json, csv, yoda, submission] = published().map(({ path }) => path) as [string, string, string, string];
  const observable = RESULT.observables[0]!;
  const wide = { ...observable, bins: [{ label: '0 to 40', ranges: [[0, 40]] as const, width: 40 }] };
  const of = (path: string, luminosity: number | undefined, own: typeof observable | typeof wide = observable) =>
    predictionOf('x', readPublished(path)[0]!, own, luminosity);
  t.throws(() => of(json, 2, wide), { message: /^invalid predictions\.x: its bins of top_pt are .*"0 to 40"/ });
  t.throws(() => of(yoda, undefined), { message: /it is a cross section/ });
  t.throws(() => of(submission, undefined), { message: /it is a cross section/ });
  t.throws(() => of(json, undefined), { message: /those of 2 \/ fb; set luminosity/ });
  t.throws(() => of(csv, 2), { message: /set predictions\.x\.luminosity/ });
  for (const [name, text] of [
    ['damaged.json', '{"observables": [{}]}'],
    ['damaged.csv', 'a,b\n1,2\n'],
    ['damaged.yoda', 'BEGIN YODA_ESTIMATE1D_V3 /REF/a/b\n---\nEdges(A1): [0, 1]\n1 2 3\nEND YODA_ESTIMATE1D_V3\n'],
    ['empty.yoda', ''],
    ['damaged.yaml', 'a: [1'],
    ['other.yaml', 'a: 1'],
  ] as const) {
    t.throws(() => readPublished(file(name, text)), { message: new RegExp(`^invalid .*${name}`) }, name);
  }
  t.throws(() => readPublished(file('a.root', '')), { message: /^unknown format of a\.root/ });
  t.throws(() => readPublished(join(folder, 'absent.csv')), { message: /^missing .*absent\.csv/ });
});
