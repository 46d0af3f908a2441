import { type EvaluatedDraws, Evaluator, isUserError, Rng } from '@unfold-zoo/core';
import { partonWidth } from '@unfold-zoo/core/events';
import type { Findings } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, testDraws, testSetting } from '@unfold-zoo/core/testing';
import plugin from '@unfold-zoo/diagnostics';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';
import { POSTERIOR_WIDTH, SPEC, toyDraws } from './w-boson-toy.js';

const SIZE = { events: 1000, draws: 40 };
/** Place of the lepton's px among the numbers of an event. */
const LEPTON_PX = 2;

/** Draws, each of which one of two members made by chance. */
function ofTwo(drawn: EvaluatedDraws): EvaluatedDraws {
  const rng = new Rng(9);
  const made = Uint8Array.from({ length: drawn.events * drawn.draws }, () => rng.integer(2));
  const of = (first: number, count: number) => made.subarray(first * drawn.draws, (first + count) * drawn.draws);
  return { ...drawn, members: { names: ['seed 3', 'seed 8'], of } };
}

conforms(
  'members',
  evaluatorChecks(
    () => build(Evaluator, plugin, { kind: 'members' }),
    () => ofTwo(testDraws()),
  ),
);

/** What the exact posterior's draws come to, with px of the lepton `apart` standard deviations higher in one member. */
async function findingsOf(apart: number): Promise<Required<Findings>> {
  const drawn = ofTwo(toyDraws(SIZE));
  const width = partonWidth(SPEC);
  const partons = drawn.partons.map((value, i) => {
    const row = Math.floor(i / width);
    const isShifted = i % width === LEPTON_PX && drawn.members!.of(0, SIZE.events)[row] === 1;
    return isShifted ? value + apart * POSTERIOR_WIDTH : value;
  });
  const setting = { ...testSetting(), spec: SPEC };
  const found = await build(Evaluator, plugin, { kind: 'members' }, setting).evaluate({ ...drawn, partons });
  return found as Required<Findings>;
}

function spreadOf({ tables: [spread] }: Findings, label: string): [value: number, error: number] {
  const [cell] = spread!.rows.find((row) => row.label === label)!.cells;
  return cell!.split(' ± ').map(Number) as [number, number];
}

test('members that draw from the same posterior do not disagree', async (t) => {
  const found = await findingsOf(0);
  for (const label of ['Lepton px', 'Neutrino φ', 'W m']) {
    const [value, error] = spreadOf(found, label);
    t.true(value < 4 * error && value < 0.1, `${label}: ${value} ± ${error}`);
  }
});

test('members whose means are apart disagree by the standard deviation of their means', async (t) => {
  const apart = 0.8;
  const found = await findingsOf(apart);
  // Two means that are d apart have a variance of d^2 / 2, and add d^2 / 4 to that of the mixture.
  const expected = Math.sqrt(apart ** 2 / 2 / (1 + apart ** 2 / 4));
  const [value, error] = spreadOf(found, 'Lepton px');
  t.true(Math.abs(value - expected) < 4 * error + 0.01, `${value} ± ${error}, expected ${expected}`);
  const [, members] = found.tables;
  t.deepEqual(
    members!.rows.map(({ label }) => label),
    ['seed 3', 'seed 8'],
  );
  const [right, shifted] = members!.rows.map(({ cells }) => Number(cells[1]));
  t.true(right! < 0.05 && shifted! > 0.25, `worst K-S ${right} and ${shifted}`);
  t.is(members!.rows[1]!.cells[2], 'Lepton px');
});

test('distances of each member are those of its own draws, and scatter as they differ', async (t) => {
  const apart = 3;
  const { tables } = await findingsOf(apart);
  const table = tables.find(({ title }) => title === 'Distances of each member')!;
  t.deepEqual(
    table.columns.map(({ label }) => label),
    ['seed 3', 'seed 8', 'all draws', 'scatter of members'],
  );
  const numbersOf = (label: string) => table.rows.find((row) => row.label === label)!.cells.map(Number);
  const [right, shifted, all, scatter] = numbersOf('Lepton') as [number, number, number, number];
  // Of px alone the distance is the shift; pT, energy, eta, phi and mass are off too.
  const shift = apart * POSTERIOR_WIDTH;
  t.true(shifted - right > 0.9 * shift && shifted - right < 4 * shift, `${right}, ${shifted}`);
  t.true(right < all && all < shifted);
  t.true(Math.abs(scatter - (shifted - right) / Math.SQRT2) < 0.02, `${scatter}`);
  const [neutrino, other] = numbersOf('Neutrino') as [number, number];
  t.true(Math.abs(neutrino - other) < 0.1 * shift, `what is not shifted: ${neutrino}, ${other}`);
  const rows = ['Lepton', 'Neutrino', 'W'].map(numbersOf);
  for (const member of [0, 1, 2]) {
    const sum = rows.reduce((total, row) => total + row[member]!, 0);
    t.true(Math.abs(numbersOf('Total')[member]! - sum) < 0.02);
  }
  const [ks, ksShifted] = numbersOf('K-S, total') as [number, number];
  t.true(ksShifted - ks > 0.2 && ksShifted < 24, `${ks}, ${ksShifted}`);
});

test('draws of one model are refused', async (t) => {
  const evaluate = build(Evaluator, plugin, { kind: 'members' }, { ...testSetting(), spec: SPEC });
  const error = await t.throwsAsync(evaluate.evaluate(toyDraws({ events: 2, draws: 2 })));
  t.true(isUserError(error) && /ensemble: \{ seeds: \[0, 1, 2\] \}/.test(error.message), error?.message);
});
