import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { createRun, generateEvents, readRunConfig } from '@unfold-zoo/runs';
import test from 'ava';

const folder = mkdtempSync(join(tmpdir(), 'messages-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test('messages of the library name options as a call writes them, and a command line can name its flags', async (t) => {
  const file = join(folder, 'events.h5');
  writeFileSync(file, '');
  const error = await t.throwsAsync(generateEvents(file, { events: 1 }), { instanceOf: UserError });
  t.is(error.message, `existing ${file}: choose another, or replace it with option force`);
  t.is(
    error.messageNaming((name) => `--${name}`),
    `existing ${file}: choose another, or replace it with --force`,
  );
});

test('a message without options is the same for everybody', (t) => {
  const error = new UserError('invalid partons: expected 55 columns, got 54');
  t.is(
    error.messageNaming(() => '?'),
    error.message,
  );
});

test('the folder of another thing is refused without a word of flags', async (t) => {
  const error = await t.throwsAsync(createRun('sample', { out: folder }), { instanceOf: UserError });
  t.regex(error.message, /the folder is not empty; choose another with option out$/);
});

test('an option of a call is not mistaken for a flag: changes go by the name of what gave them', async (t) => {
  const mistake = async (set: Record<string, unknown> | string[]): Promise<string> =>
    (await t.throwsAsync(readRunConfig('sample', { set }), { instanceOf: UserError })).message;
  t.is(await mistake({ seed: -1 }), 'set seed: expected at least 0, got -1');
  t.is(await mistake(['seed=-1']), '--set seed: expected at least 0, got -1');
  const { provenance } = await readRunConfig('sample', { set: { 'training.steps': 3 } });
  t.is(provenance('training.steps'), 'set training.steps');
});
