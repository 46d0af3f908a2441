import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventFile, FileSource, fileFormats, fileOptions, loadTopology, samplePath } from '@unfold-zoo/data';
import test from 'ava';
import { refuses, succeeds } from '../cli/unfold.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'unfold-nanoaod-'));
test.after.always(() => rmSync(work, { recursive: true, force: true }));

// The mapping that the documentation shows.
const document = readFileSync(new URL('../../../docs/files.md', import.meta.url), 'utf8');
const mapping = join(work, 'nanoaod-mapping.yaml');
writeFileSync(mapping, /```yaml\n(# nanoaod-mapping\.yaml\n[\s\S]*?)```/.exec(document)![1]!);

/** Forty top pairs of our sample and three hadronic ones; see make_nanoaod.py. */
const topPairs = fixture('tables/nanoaod-top-pairs.parquet');

test('top pairs in NanoAOD give the events that they were made from', async (t) => {
  const format = fileFormats.find(({ kind }) => kind === 'parquet')!;
  const options = fileOptions.parse({ train: topPairs, mapping, validationFraction: 0, split: 'tail' });
  const source = new FileSource(options, { format });
  await source.open();
  t.is(source.count('train'), 40);
  const found = await source.read('train', 0, 40);
  await source.close();
  const file = await EventFile.open(samplePath(), loadTopology('semileptonic-ttbar'));
  const { momenta, groups } = file.read(0, 40);
  file.close();
  // Mass, ln E, px, py, pz, which went through pt, eta and phi of single precision; heavy particles are sums.
  for (const [i, value] of momenta!.entries()) {
    const energy = momenta![i - (i % 5) + 1]!;
    const read = i % 5 === 1 ? Math.exp(found.partons![i]!) : found.partons![i]!;
    if (i % 5 > 0) t.true(Math.abs(read - value) < 1e-4 * energy, `${i}: ${read}, expected ${value}`);
  }
  const { mask, features } = found.inputs['objects']!;
  const width = features.length / mask.length;
  const objects = mask.reduce((sum, each) => sum + each, 0);
  const lengths = Array.from(groups['jets']!['lengths'] as ArrayLike<number>, Number);
  t.is(objects, lengths.reduce((sum, each) => sum + each, 0) + 40);
  // The fixture has jets from the softest on; they come out from the hardest on.
  t.is(features[1], Math.fround(Number(groups['jets']!['pt']![0])));
  t.true(features[1]! > features[width + 1]!);
});

const CONFIG = 'extends: small\ntraining: { steps: 2, batchSize: 8 }\nreporters: []\n';

test('a model trains on top pairs of NanoAOD, and on a real NanoAOD file', async (t) => {
  writeFileSync(
    join(work, 'tops.yaml'),
    `${CONFIG}data: { kind: parquet, train: ${topPairs}, mapping: nanoaod-mapping.yaml, validationFraction: 0.2 }\n`,
  );
  await succeeds(t, work, 'train', 'tops.yaml', '--out', 'tops');
  const topologyFile = fixture('root/w-boson.yaml');
  writeFileSync(
    join(work, 'w.yaml'),
    `${CONFIG}data: { kind: root, train: ${fixture('root/nanoaod.root')}, topologyFile: ${topologyFile} }\n`,
  );
  await succeeds(t, work, 'train', 'w.yaml', '--out', 'w');
});

test('map drafts a topology by which a real NanoAOD file is valid data for a config', async (t) => {
  const root = fixture('root/nanoaod.root');
  const written = await succeeds(t, work, 'map', root, '--out', 'draft.yaml');
  t.regex(written.stderr + written.stdout, /wrote draft\.yaml, with 4 guesses and gaps/);
  const printed = await succeeds(t, work, 'map', root);
  t.is(printed.stdout, readFileSync(join(work, 'draft.yaml'), 'utf8'));
  await refuses(t, work, ['map', topPairs, '--out', 'draft.yaml'], /^existing /m);
  await refuses(t, work, ['map', topPairs, '--table', 'Events'], /^unused --table: /m);
  await refuses(t, work, ['map', 'nowhere.root'], /^missing .*nowhere\.root: expected a data file/m);
  writeFileSync(
    join(work, 'draft-run.yaml'),
    `${CONFIG}data: { kind: root, train: ${root}, topologyFile: draft.yaml }\n`,
  );
  const checked = await succeeds(t, work, 'config', 'check', 'draft-run.yaml');
  t.regex(checked.stdout, /is a valid config, with data for it/);
});

test('inspect shows the columns of a file, and its events where a topology is given', async (t) => {
  const columns = await succeeds(t, work, 'inspect', fixture('tables/none.parquet'));
  t.regex(columns.stdout, /7 rows of 9 columns \(kind: parquet\)/);
  t.regex(columns.stdout, /^jets_pt +float32 +\(7, jagged\) +1\.286 +40 +90 +63\.89$/m);
  t.regex(columns.stdout, /^label +text +\(7\) +it holds text, expected numbers/m);
  const padded = await succeeds(t, work, 'inspect', fixture('tables/padded.h5'), '--json');
  const { columns: found } = JSON.parse(padded.stdout) as { columns: { name: string; filled: number }[] };
  // 12 of 21 slots are padding.
  t.is(found.find(({ name }) => name === 'jets')!.filled, 12 / 21);
  const root = fixture('root/nanoaod.root');
  const events = await succeeds(t, work, 'inspect', root, '--topology', fixture('root/w-boson.yaml'));
  t.regex(events.stdout, /events of w-boson/);
});
