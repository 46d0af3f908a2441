import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileFormats } from '@unfold-zoo/data';
import test from 'ava';
import { temporaryFolder } from '../fixtures/data/sample-events.js';

const folder = fileURLToPath(new URL('../../fixtures/root/', import.meta.url));
const root = fileFormats.find(({ kind }) => kind === 'root')!;

/** Of each branch, how many numbers, the sum of those that are finite, and the first of them; by read_branches.py. */
type Branches = Readonly<Record<string, readonly number[]>>;
const expected = JSON.parse(readFileSync(join(folder, 'branches.json'), 'utf8')) as Readonly<Record<string, Branches>>;

for (const [name, branches] of Object.entries(expected)) {
  test(`${name}.root: every branch has the numbers that another reader finds, whole and in two parts`, async (t) => {
    const file = await root.open(join(folder, `${name}.root`));
    const readable = file.columns.filter(({ problem }) => !problem).map((column) => column.name);
    t.deepEqual([...readable].sort(), Object.keys(branches).sort());
    const { length } = file.columns[0]!;
    const [whole, first, second] = [
      await file.read(readable, 0, length),
      await file.read(readable, 0, 7),
      await file.read(readable, 7, length - 7),
    ];
    await file.close();
    for (const [branch, [count, sum, ...values]] of Object.entries(branches)) {
      const numbers = Array.from(whole.get(branch)!.values as ArrayLike<number>, Number);
      const parts = [first, second].flatMap((part) =>
        Array.from(part.get(branch)!.values as ArrayLike<number>, Number),
      );
      t.deepEqual(parts, numbers, branch);
      const finite = numbers.filter(Number.isFinite);
      t.is(numbers.length, count!, branch);
      t.deepEqual(finite.slice(0, 2), values, branch);
      // Sums in another order differ by rounding.
      const size = finite.reduce((total, value) => total + Math.abs(value), 0);
      const found = finite.reduce((total, value) => total + value, 0);
      t.true(Math.abs(found - sum!) <= 1e-12 * size, `${branch}: ${found}, expected ${sum}`);
    }
  });
}

test('a damaged basket is refused with file and branch, and the process goes on', async (t) => {
  const path = join(temporaryFolder(t), 'events.root');
  // Of each, one byte within what is compressed: jsroot reads beyond the basket in a promise that it lets go of.
  for (const [at, value] of [
    [5273, 76],
    [6768, 58],
    [8033, 167],
  ] as const) {
    const bytes = readFileSync(join(folder, 'small-flat-tree.root'));
    bytes[at] = value;
    writeFileSync(path, bytes);
    const file = await root.open(path);
    const readable = file.columns.filter(({ problem }) => !problem).map((column) => column.name);
    const error = await t.throwsAsync(file.read(readable, 0, file.columns[0]!.length));
    t.regex(error!.message, /^damaged \S+events\.root: \S+, .* cannot be read/, `${at}`);
    await file.close();
  }
});

test('members of objects are read, numbers, arrays and vectors, and text is told as such', async (t) => {
  const file = await root.open(join(folder, 'members.root'));
  t.teardown(() => file.close());
  const { columns } = file;
  const numbers = columns.filter(({ problem }) => !problem);
  t.is(numbers.length, 36);
  t.deepEqual(
    columns.filter(({ problem }) => problem).map(({ name, problem }) => `${name} ${problem}`),
    [
      ...['Beg', 'Str'].map((name) => `${name} it holds text, expected numbers`),
      'StdStr it holds string, expected numbers',
      'StlVecStr it holds vector<string>, expected numbers',
      'End it holds text, expected numbers',
    ],
  );
  const entries = Array.from({ length: 60 }, (_, i) => 30 + i);
  const blocks = await file.read(
    numbers.map(({ name }) => name),
    30,
    60,
  );
  for (const { name, shape } of numbers) {
    const { values, counts } = blocks.get(name)!;
    const times = (i: number): number => (shape[0] === 'jagged' ? i % 10 : shape.length > 0 ? 10 : 1);
    if (shape[0] === 'jagged') t.deepEqual([...counts!], entries.map(times), name);
    const value = (i: number): number => (name === 'N' ? i % 10 : /^P3.P[xz]$/.test(name) ? i - 1 : i);
    const expected = entries.flatMap((i) => Array<number>(times(i)).fill(value(i)));
    t.deepEqual(Array.from(values as ArrayLike<number>, Number), expected, name);
  }
});
