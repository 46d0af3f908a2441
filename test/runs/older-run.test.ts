import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventFile, loadTopology, type RawEvents, samplePath, writeEvents } from '@unfold-zoo/data';
import { checkRun, createRun, openRun } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, TINY } from './tiny-run.js';

const topology = loadTopology('semileptonic-ttbar');

/** Events of the sample, the softer half first. */
async function orderedEvents(): Promise<RawEvents[]> {
  const file = await EventFile.open(samplePath(), topology);
  const events = Array.from({ length: 400 }, (_, event) => file.read(event, 1));
  file.close();
  const energy = ({ momenta }: RawEvents): number => momenta![10 * 5 + 1]!;
  return events.sort((a, b) => energy(a) - energy(b));
}

test('a run of before held-out events were spread keeps those at the end of its file', async (t) => {
  const folder = newFolder();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const train = join(folder, 'ordered.h5');
  await writeEvents(train, topology, await orderedEvents());
  const data = { kind: 'hdf5', train, validationFraction: 0.2, testFraction: 0.2 };
  const heldOut = async (split?: string): Promise<Float32Array> => {
    const run = await createRun(
      { ...TINY, data: { ...data, ...(split && { split }) } },
      { out: join(folder, `${split}`) },
    );
    const { partons } = await (await run.source()).read('test', 0, 80);
    await run.close();
    return partons!;
  };
  const { warnings } = await checkRun({ ...TINY, data });
  t.true(warnings.some((text) => /ordered\.h5 are in order of something/.test(text)));
  const [tail, auto] = [await heldOut('tail'), await heldOut()];
  t.notDeepEqual(auto, tail);

  const config = join(folder, 'undefined', 'config.yaml');
  const written = readFileSync(config, 'utf8');
  t.regex(written, /split: auto/);
  writeFileSync(config, written.replace(/^ +split: auto.*\n/m, ''));
  await using older = await openRun(join(folder, 'undefined'));
  const { partons } = await (await older.source()).read('test', 0, 80);
  t.deepEqual(partons, tail);
});
