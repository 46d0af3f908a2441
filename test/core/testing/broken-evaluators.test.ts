import type { EvaluatedDraws, Evaluator, Table } from '@unfold-zoo/core';
import { evaluatorChecks, eventsInMemory, testSetting } from '@unfold-zoo/core/testing';
import { conforms, refusesBroken } from './broken.js';

const EVENTS = 6;
let calls = 0;

function drawn(): EvaluatedDraws {
  const { spec } = testSetting();
  const partons = Float32Array.from({ length: EVENTS * 10 }, (_, i) => i + 1);
  const inputs = Object.fromEntries(
    Object.entries(spec.inputs).map(([name, { capacity, features }]) => [
      name,
      {
        features: new Float32Array(EVENTS * capacity * features.length),
        mask: new Float32Array(EVENTS * capacity),
      },
    ]),
  );
  const test = { size: EVENTS, partons: partons.map((value) => value + 1), inputs };
  return {
    label: 'Model',
    source: eventsInMemory(spec, { test }),
    split: 'test',
    start: 0,
    events: EVENTS,
    draws: 1,
    partons,
  };
}

/** The mean difference between draws and truth. */
async function meanDifference({ source, split, start, events, partons }: EvaluatedDraws): Promise<Table> {
  const truth = (await source.read(split, start, events)).partons;
  const mean = truth.reduce((sum, value, i) => sum + value - partons[i]!, 0) / truth.length;
  return {
    title: 'Mean difference',
    heading: 'Of',
    columns: [{ label: 'Value', origin: 'model' }],
    rows: [{ label: 'all', origin: 'model', cells: [mean.toFixed(2)] }],
    notes: [],
  };
}

const right: Evaluator = { evaluate: async (given) => [await meanDifference(given)] };

function changed(change: (table: Table, given: EvaluatedDraws) => Partial<Table>): Evaluator {
  return {
    evaluate: async (given) => {
      const table = await meanDifference(given);
      return [{ ...table, ...change(table, given) }];
    },
  };
}

const withCells = (cells: (table: Table) => readonly string[]): Evaluator =>
  changed((table) => ({ rows: [{ label: 'all', origin: 'model', cells: cells(table) }] }));

const checksOf = (evaluator: Evaluator) => evaluatorChecks(() => evaluator, drawn);

conforms('evaluator', checksOf(right));

refusesBroken('evaluator', checksOf, right, {
  'it finds something': [{ evaluate: async () => [] }, /there is no table/],
  'every row has a cell for each column': [withCells(() => ['1', '2']), /has 2 cells for 1 columns/],
  'no cell says NaN or infinity': [withCells(() => [String(0 / 0)]), /has the cell "NaN"/],
  'the same draws give the same tables, also from one evaluator used twice': [
    withCells(() => [String(calls++)]),
    /the tables change when it is used again/,
  ],
  'other draws give other tables': [withCells(() => ['1']), /do not depend on the draws/],
  'the draws stay as they were': [
    changed((_, { partons }) => {
      partons[0] = 0;
      return {};
    }),
    /changed the draws/,
  ],
});
