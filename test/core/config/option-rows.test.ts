import { optionRows } from '@unfold-zoo/core/options';
import test from 'ava';
import { z } from 'zod';

const rows = (options: z.ZodObject) => optionRows(options).map(({ name, type }) => [name, type]);

test('an object with known keys is an option for each of them', (t) => {
  const nested = { inner: z.strictObject({ a: z.int().min(1), b: z.object({ c: z.boolean() }) }) };
  t.deepEqual(rows(z.strictObject(nested)), [
    ['inner.a', 'whole number >= 1'],
    ['inner.b.c', 'true or false'],
  ]);
});

test('an object that takes keys of any name is one option, whether or not it names some', (t) => {
  const open = {
    some: z.looseObject({ kind: z.string() }),
    any: z.looseObject({}),
    record: z.record(z.string(), z.int()),
  };
  t.deepEqual(rows(z.strictObject(open)), [
    ['some', 'map of keys'],
    ['any', 'map of keys'],
    ['record', 'map of keys'],
  ]);
});

test('what a nested object is by default its options are by default', (t) => {
  const inner = z.strictObject({ a: z.int().default(1), b: z.int() }).prefault({ b: 2 });
  t.deepEqual(
    optionRows(z.strictObject({ inner })).map((row) => row.default),
    [1, 2],
  );
});
