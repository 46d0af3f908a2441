import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventFile, loadTopology, type ObservedEvent, type RawEvents } from '@unfold-zoo/data';
import { createRun, type Run } from '@unfold-zoo/runs';

/** A model that trains in seconds on the engine that is there everywhere, on the sample that comes along. */
export const TINY = {
  extends: 'sample',
  engine: { kind: 'cpu' },
  sampler: { kind: 'ddim', steps: 3 },
  training: { batchSize: 8, steps: 4, validationEvents: 8, checkpointEvery: 2, fineTune: { steps: 0 } },
};

/** A new folder whose name has no symbolic links in it. */
export function newFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'unfold-runs-')));
}

/** A run of that model, or of one with other settings, that is trained. */
export async function trainedRun(folder: string, settings: object = {}): Promise<Run> {
  const run = await createRun({ ...TINY, ...settings }, { out: join(folder, 'trained') });
  await run.train();
  return run;
}

/** The first events of a file as a program would have them. */
export async function observedEvents(file: string, count: number): Promise<ObservedEvent[]> {
  const opened = await EventFile.open(file, loadTopology('semileptonic-ttbar'));
  try {
    const raw = opened.read(0, count);
    return Array.from({ length: count }, (_, event) => observedEvent(raw, event));
  } finally {
    opened.close();
  }
}

function observedEvent({ groups }: RawEvents, event: number): ObservedEvent {
  const { lengths, ...columns } = groups['jets']!;
  const before = columns['pt']!.length / lengths!.length;
  const jets = Array.from({ length: Number(lengths![event]) }, (_, i) => row(columns, event * before + i));
  return { jets, lepton: row(groups['lepton']!, event), met: row(groups['met']!, event) };
}

function row(columns: RawEvents['groups'][string], index: number): Record<string, number> {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Number(values[index])]));
}
