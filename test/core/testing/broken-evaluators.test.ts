import type { EvaluatedDraws, Evaluator, Table } from '@unfold-zoo/core';
import { truePartons } from '@unfold-zoo/core/events';
import { evaluatorChecks } from '@unfold-zoo/core/testing';
import { conforms, refusesBroken } from './broken.js';

let calls = 0;

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of the truth less that of the draws. */
async function meanDifference({ source, split, start, events, partons }: EvaluatedDraws): Promise<Table> {
  const truth = truePartons(await source.read(split, start, events));
  return {
    title: 'Mean difference',
    heading: 'Of',
    columns: [{ label: 'Value', origin: 'model' }],
    rows: [{ label: 'all', origin: 'model', cells: [(mean(truth) - mean(partons)).toFixed(6)] }],
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

const checksOf = (evaluator: Evaluator) => evaluatorChecks(() => evaluator);

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
