import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type DrawnEvents,
  type DrawPlan,
  DrawStore,
  EventFile,
  eventSpec,
  loadTopology,
  openDraws,
  type Topology,
  writeEvents,
} from '@unfold-zoo/data';
import { sampleEvents, topology } from '../fixtures/data/sample-events.js';
import { mutatedBytes, mutatedJson } from './mutations.js';
import type { Example, Reader } from './reader.js';

const EVENTS = 12;

/** Files of events and of draws, and the parts of draws that are not finished. */
export const hdf5Readers: readonly Reader[] = [
  { name: 'events', hasChecksum: true, mutation: mutatedBytes, prepare: ownEvents },
  { name: 'h5py-events', hasChecksum: false, mutation: mutatedBytes, prepare: eventsOfOthers },
  { name: 'draws', hasChecksum: true, mutation: mutatedBytes, prepare: finishedDraws },
  { name: 'draw-parts', hasChecksum: true, mutation: mutatedBytes, prepare: partsOfDraws(/\.part$/) },
  { name: 'draw-parts-manifest', hasChecksum: true, mutation: mutatedJson, prepare: partsOfDraws(/^manifest\.json$/) },
];

async function ownEvents(folder: string): Promise<Example> {
  const path = join(folder, 'events.h5');
  await writeEvents(path, topology, [await sampleEvents(0, EVENTS)], { generator: 'somebody' });
  return exampleOf(path, (file) => readEvents(file, topology));
}

// As h5py writes by default: the older format, whose metadata have no checksums.
async function eventsOfOthers(folder: string): Promise<Example> {
  const others = fileURLToPath(new URL('../../fixtures/files-of-others', import.meta.url));
  const rules = loadTopology(join(others, 'topology.yaml'));
  const path = join(folder, 'events.h5');
  writeFileSync(path, readFileSync(join(others, 'plain.h5')));
  return exampleOf(path, (file) => readEvents(file, rules));
}

async function readEvents(path: string, rules: Topology): Promise<unknown> {
  const file = await EventFile.open(path, rules);
  try {
    return file.read(0, file.size);
  } finally {
    file.close();
  }
}

async function finishedDraws(folder: string): Promise<Example> {
  const path = join(folder, 'draws.h5');
  const store = DrawStore.open(path, planOfDraws());
  store.append(await drawnEvents());
  await store.finish();
  return exampleOf(path, readDraws);
}

async function readDraws(path: string): Promise<unknown> {
  const file = await openDraws(path);
  try {
    return file.read(0, file.events);
  } finally {
    file.close();
  }
}

/** One file of the parts of draws, which are read and put together. */
function partsOfDraws(damaged: RegExp): Reader['prepare'] {
  return async (folder) => {
    const path = join(folder, 'draws.h5');
    DrawStore.open(path, planOfDraws()).append(await drawnEvents());
    const parts = `${path}.parts`;
    const names = readdirSync(parts);
    const kept = names.map((name) => [join(parts, name), readFileSync(join(parts, name))] as const);
    const part = join(parts, names.find((name) => damaged.test(name))!);
    const read = async (bytes: Uint8Array): Promise<unknown> => {
      rmSync(path, { force: true });
      rmSync(parts, { recursive: true, force: true });
      DrawStore.open(path, planOfDraws());
      for (const [file, content] of kept) writeFileSync(file, file === part ? bytes : content);
      const store = DrawStore.open(path, planOfDraws());
      // A part that was cut short counts as not drawn.
      if (store.done === 0) store.append(await drawnEvents());
      await store.finish();
      return readDraws(path);
    };
    return { bytes: readFileSync(part), read };
  };
}

/** How the examples of draws are drawn. */
export function planOfDraws(): DrawPlan {
  const spec = eventSpec(topology);
  return { spec, events: EVENTS, draws: 1, truth: true, weights: true, identity: { seed: 1 } };
}

/** Draws for all events of that plan. */
export async function drawnEvents(): Promise<DrawnEvents> {
  const { momenta } = await sampleEvents(0, EVENTS);
  return { size: EVENTS, draws: momenta!, truth: momenta!, weights: new Float32Array(EVENTS).fill(2) };
}

/** A file that is read from the path where it lies. */
export function exampleOf(path: string, read: (path: string) => Promise<unknown>): Example {
  const readBytes = (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(path, bytes);
    return read(path);
  };
  return { bytes: readFileSync(path), read: readBytes };
}
