import { UserError } from '@unfold-zoo/core';
import { checkConfig, type Located, type LocatedMap, parseYaml, plainValue } from '@unfold-zoo/core/config';
import test from 'ava';
import { z } from 'zod';

function parse(text: string): Located {
  return parseYaml(text, (line, column) => ({ place: `a.yaml:${line}:${column}`, folder: '/' }));
}

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'accepted';
}

/** Ten levels of aliases, each of ten of those below: ten thousand million values. */
function aliasesOfAliases(write: (items: readonly string[]) => string): string {
  const levels = 'bcdefghij';
  const line = (name: string, i: number): string =>
    `${name}: &${name} ${write(Array<string>(10).fill(`*${'abcdefghij'[i]}`))}`;
  return ['a: &a x', ...[...levels].map(line)].join('\n');
}

test('aliases that stand for more values than any config has are refused at once', (t) => {
  const list = (items: readonly string[]): string => `[${items.join(', ')}]`;
  const map = (items: readonly string[]): string => `{${items.map((item, i) => `k${i}: ${item}`).join(', ')}}`;
  for (const write of [list, map]) {
    t.regex(
      refusal(aliasesOfAliases(write)),
      /^a\.yaml:\d+:\d+: invalid YAML: with its aliases it has more than 20000/,
    );
  }
});

test('an alias stands for the last value above it that has its name', (t) => {
  t.deepEqual(plainValue(parse('a: &x 1\nb: *x\nc: &x [2]\nd: *x')), { a: 1, b: 1, c: [2], d: [2] });
});

test('an alias of nothing and an alias inside its own value are refused with their places', (t) => {
  t.regex(refusal('seed: *nope'), /^a\.yaml:1:7: unknown alias \*nope/);
  t.regex(refusal('a: *later\nb: &later 1'), /^a\.yaml:1:4: unknown alias \*later/);
  t.regex(refusal('a: &a [1, *a]'), /^a\.yaml:1:11: \*a contains itself/);
});

for (const opening of ['[', '{a: ', '- ', '? ', ': ', '!x [']) {
  test(`a text of nothing but ${JSON.stringify(opening)} is refused`, (t) => {
    for (const count of [60, 3000, 40_000]) t.regex(refusal(`a:\n  ${opening.repeat(count)}`), /^a\.yaml:\d+:\d+: /);
  });
}

test('a text that is too long is refused, and one of many keys is read', (t) => {
  t.regex(refusal(`a: ${'x'.repeat(200_000)}`), /expected at most 200000 characters/);
  t.is(refusal(Array.from({ length: 5000 }, (_, i) => `key${i}: 1`).join('\n')), 'accepted');
});

test('a key that is there twice is refused where it comes again', (t) => {
  t.regex(refusal('a: 1\nb: 2\na: 3'), /^a\.yaml:3:1: invalid key "a": it is there twice/);
});

test('of many mistakes the first twenty are told', (t) => {
  const lines = refusal('- !unknown x\n'.repeat(100)).split('\n');
  t.is(lines.length, 21);
  t.is(lines.at(-1), 'and 80 more like these');
});

test('of many unknown keys, and of long ones, the first are told without a search for what was meant', (t) => {
  const schema = z.strictObject({ blocks: z.int().optional() });
  const config = parse(`${'k'.repeat(1000)}: 1\n${Array.from({ length: 3000 }, (_, i) => `block${i}: 1`).join('\n')}`);
  const message = t.throws(() => checkConfig(schema, config as LocatedMap))?.message ?? '';
  t.is(message.split('\n').at(-1), 'and 2981 more like these');
  t.regex(message, /unknown key "block0", did you mean "blocks"\?/);
});
