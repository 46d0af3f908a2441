import type { EvaluatedDraws, Evaluator } from '../../contracts/evaluation/evaluator.js';
import type { Table } from '../../contracts/evaluation/table.js';
import { type Check, check, claim } from '../check.js';
import { testDraws } from '../test-draws.js';

/**
 * What an `Evaluator` must do. `drawn` is what it is tried on: draws for events of a source that it can work with, by
 * default of the small topology that `build` gives.
 */
export function evaluatorChecks(make: () => Evaluator, drawn: () => EvaluatedDraws = testDraws): Check[] {
  const evaluated = (title: string, body: (tables: readonly Table[]) => void): Check =>
    check(title, async () => body(await make().evaluate(drawn())));
  return [
    evaluated('it finds something', (tables) => {
      claim(tables.length > 0, 'there is no table');
      for (const { title, rows } of tables) {
        claim(title.trim() !== '', 'a table has no title');
        claim(rows.length > 0, `the table "${title}" has no rows`);
      }
    }),
    evaluated('every row has a cell for each column', (tables) => {
      for (const { title, columns, rows } of tables)
        for (const { label, cells, best } of rows) {
          const fits = cells.length === columns.length && (best?.length ?? columns.length) === columns.length;
          claim(fits, `row "${label}" of "${title}" has ${cells.length} cells for ${columns.length} columns`);
        }
    }),
    evaluated('no cell says NaN or infinity', (tables) => {
      for (const { title, rows } of tables)
        for (const { label, cells } of rows) {
          const broken = cells.find((cell) => /NaN|Infinity|undefined/.test(cell));
          claim(broken === undefined, `row "${label}" of "${title}" has the cell "${broken}"`);
        }
    }),
    check('the same draws give the same tables, also from one evaluator used twice', async () => {
      const [evaluator, other] = [make(), make()];
      const first = JSON.stringify(await evaluator.evaluate(drawn()));
      claim(JSON.stringify(await evaluator.evaluate(drawn())) === first, 'the tables change when it is used again');
      claim(JSON.stringify(await other.evaluate(drawn())) === first, 'two evaluators with the same seed disagree');
    }),
    check('other draws give other tables', async () => {
      const given = drawn();
      // Momenta of half the size: no method takes them for the same.
      const moved = { ...given, partons: given.partons.map((value) => value / 2) };
      const [first, second] = [await make().evaluate(given), await make().evaluate(moved)];
      claim(JSON.stringify(first) !== JSON.stringify(second), 'the tables do not depend on the draws');
    }),
    check('the draws stay as they were', async () => {
      const given = drawn();
      const before = given.partons.slice();
      await make().evaluate(given);
      claim(
        before.every((value, i) => Object.is(value, given.partons[i])),
        'the evaluator changed the draws that it was given',
      );
    }),
  ];
}
