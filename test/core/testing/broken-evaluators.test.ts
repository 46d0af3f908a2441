import type { EvaluatedDraws, Evaluator } from '@unfold-zoo/core';
import { truePartons } from '@unfold-zoo/core/events';
import type { Figure, Findings, Table, Verdict } from '@unfold-zoo/core/findings';
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

const figure: Figure = { name: 'bias', title: 'Bias', caption: 'Zero is right.', svg: '<svg ></svg>' };
const verdict: Verdict = { quantity: 'all', diagnostic: 'bias', status: 'good', badness: 0, text: 'no bias' };
const whole = { figures: [figure], verdicts: [verdict] };

const right: Evaluator = { evaluate: async (given) => ({ tables: [await meanDifference(given)], ...whole }) };

function changed(change: (table: Table, given: EvaluatedDraws) => Partial<Table>): Evaluator {
  return {
    evaluate: async (given) => {
      const table = await meanDifference(given);
      return { tables: [{ ...table, ...change(table, given) }], ...whole };
    },
  };
}

const withCells = (cells: (table: Table) => readonly string[]): Evaluator =>
  changed((table) => ({ rows: [{ label: 'all', origin: 'model', cells: cells(table) }] }));

const withParts = (parts: Partial<Findings>): Evaluator => ({
  evaluate: async (given) => ({ ...(await right.evaluate(given)), ...parts }),
});
const checksOf = (evaluator: Evaluator) => evaluatorChecks(() => evaluator);

conforms('evaluator', checksOf(right));

refusesBroken('evaluator', checksOf, right, {
  'it finds something': [{ evaluate: async () => ({ tables: [] }) }, /there is no table/],
  'every row has a cell for each column': [withCells(() => ['1', '2']), /has 2 cells for 1 columns/],
  'no cell, figure or verdict says NaN or infinity': [withCells(() => [String(0 / 0)]), /has the cell "NaN"/],
  'every figure is an SVG with a title, a caption and a name of its own': [
    withParts({ figures: [figure, figure] }),
    /two figures have the name "bias"/,
  ],
  'every verdict is about something, in words, and as bad as a number of 0 or more': [
    withParts({ verdicts: [{ ...verdict, badness: -1 }] }),
    /has the badness -1/,
  ],
  'the same draws give the same findings, also from one evaluator used twice': [
    withCells(() => [String(calls++)]),
    /what it finds changes when it is used again/,
  ],
  'other draws give other findings': [withCells(() => ['1']), /does not depend on the draws/],
  'the draws stay as they were': [
    changed((_, { partons }) => {
      partons[0] = 0;
      return {};
    }),
    /changed the draws/,
  ],
});
