import type { EvaluatedDraws, Evaluator } from '../../contracts/evaluation/evaluator.js';
import { type Findings, VERDICT_STATUSES } from '../../contracts/evaluation/findings.js';
import { type Check, check, claim } from '../check.js';
import { testDraws } from '../test-draws.js';

/** What a number that is none becomes in text. */
const BROKEN = /NaN|Infinity|undefined/;

/**
 * What an `Evaluator` must do. `drawn` is what it is tried on: draws for events of a source that it can work with, by
 * default of the small topology that `build` gives.
 */
export function evaluatorChecks(make: () => Evaluator, drawn: () => EvaluatedDraws = testDraws): Check[] {
  const evaluated = (title: string, body: (findings: Findings) => void): Check =>
    check(title, async () => body(await make().evaluate(drawn())));
  return [
    evaluated('it finds something', ({ tables }) => {
      claim(tables.length > 0, 'there is no table');
      for (const { title, rows } of tables) {
        claim(title.trim() !== '', 'a table has no title');
        claim(rows.length > 0, `the table "${title}" has no rows`);
      }
    }),
    evaluated('every row has a cell for each column', ({ tables }) => {
      for (const { title, columns, rows } of tables)
        for (const { label, cells, best } of rows) {
          const fits = cells.length === columns.length && (best?.length ?? columns.length) === columns.length;
          claim(fits, `row "${label}" of "${title}" has ${cells.length} cells for ${columns.length} columns`);
        }
    }),
    evaluated('no cell, figure or verdict says NaN or infinity', ({ tables, figures = [], verdicts = [] }) => {
      for (const { title, rows } of tables)
        for (const { label, cells } of rows) {
          const broken = cells.find((cell) => BROKEN.test(cell));
          claim(broken === undefined, `row "${label}" of "${title}" has the cell "${broken}"`);
        }
      for (const { name, svg } of figures) claim(!BROKEN.test(svg), `the figure "${name}" has a number that is none`);
      for (const { quantity, text } of verdicts)
        claim(!BROKEN.test(text), `the verdict on "${quantity}" says "${text}"`);
    }),
    evaluated('every figure is an SVG with a title, a caption and a name of its own', ({ figures = [] }) => {
      for (const { name, title, caption, svg } of figures) {
        claim(
          /^[\w-]+$/.test(name),
          `the figure "${name}" has a name that is no file's: expected letters, digits, - and _`,
        );
        claim(title.trim() !== '' && caption.trim() !== '', `the figure "${name}" lacks a title or a caption`);
        claim(svg.startsWith('<svg ') && svg.trimEnd().endsWith('</svg>'), `the figure "${name}" is no SVG`);
        claim(figures.filter((other) => other.name === name).length === 1, `two figures have the name "${name}"`);
      }
    }),
    evaluated(
      'every verdict is about something, in words, and as bad as a number of 0 or more',
      ({ verdicts = [] }) => {
        for (const { quantity, diagnostic, status, badness, text, measured } of verdicts) {
          const said = [quantity, diagnostic, text].every((each) => each.trim() !== '');
          claim(said, `a verdict on "${quantity}" by "${diagnostic}" says "${text}"`);
          claim(VERDICT_STATUSES.includes(status), `the verdict on "${quantity}" has the status "${status}"`);
          claim(Number.isFinite(badness) && badness >= 0, `the verdict on "${quantity}" has the badness ${badness}`);
          const numbers = measured ? [measured.value, measured.error ?? 0] : [];
          claim(numbers.every(Number.isFinite), `the verdict on "${quantity}" comes from the numbers ${numbers}`);
        }
      },
    ),
    check('the same draws give the same findings, also from one evaluator used twice', async () => {
      const [evaluator, other] = [make(), make()];
      const first = JSON.stringify(await evaluator.evaluate(drawn()));
      claim(JSON.stringify(await evaluator.evaluate(drawn())) === first, 'what it finds changes when it is used again');
      claim(JSON.stringify(await other.evaluate(drawn())) === first, 'two evaluators with the same seed disagree');
    }),
    check('other draws give other findings', async () => {
      const given = drawn();
      // Momenta of half the size, of the event before: no method takes them for the same.
      const ofEvent = given.partons.length / given.events;
      const moved = {
        ...given,
        partons: given.partons.map((_, i, all) => all.at(i - ofEvent)! / 2),
      };
      const [first, second] = [await make().evaluate(given), await make().evaluate(moved)];
      claim(JSON.stringify(first) !== JSON.stringify(second), 'what it finds does not depend on the draws');
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
