import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { draftTopology, inspect } from '@unfold-zoo/runs';
import test from 'ava';

const fixtures = fileURLToPath(new URL('../../fixtures/tables/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'unfold-alike-'));
test.after.always(() => rmSync(work, { recursive: true, force: true }));

/** A folder of copies of fixtures. */
function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(work, name);
  mkdirSync(folder);
  for (const [to, from] of Object.entries(files)) copyFileSync(join(fixtures, from), join(folder, to));
  return folder;
}

test('a folder and a pattern of files with the same columns are looked at as their first', async (t) => {
  const folder = folderOf('alike', { 'a.parquet': 'snappy.parquet', 'b.parquet': 'zstd.parquet' });
  for (const path of [folder, join(folder, '*.parquet')]) {
    const { kind, content } = await inspect(path);
    if (kind !== 'table') return t.fail(kind);
    t.is(content.path, join(folder, 'a.parquet'));
    t.is(content.notes.at(-1), 'the first of 2 files, which have the same columns');
    t.is(await draftTopology(path), await draftTopology(join(folder, 'a.parquet')));
  }
});

test('files of several formats, or with other columns, are refused by name', async (t) => {
  const mixed = folderOf('mixed', { 'a.parquet': 'snappy.parquet', 'b.npz': 'stored.npz' });
  const unlike = folderOf('unlike', { 'a.parquet': 'snappy.parquet', 'b.parquet': 'nanoaod-top-pairs.parquet' });
  for (const look of [inspect, draftTopology]) {
    await t.throwsAsync(() => look(mixed), { message: /^mixed files: a\.parquet is of Parquet files and b\.npz of / });
    await t.throwsAsync(() => look(unlike), {
      message: /^unlike files: \S+b\.parquet lacks met, .* which a\.parquet has$/,
    });
    await t.throwsAsync(() => look(join(mixed, '*.root')), { message: /^missing \S+\*\.root: expected a data file/ });
  }
  await t.throwsAsync(() => inspect(folderOf('empty', {})), {
    message: /^missing data: \S+ holds no data files, and /,
  });
});
