import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  EventFile,
  encodeEvents,
  encodeObservedEvents,
  loadTopology,
  type Topology,
  writeEvents,
} from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../fixtures/data/sample-events.js';

/** Leptons with a flag a class, of which one is set, and jets with tags of which one at most is set. */
const FLAGS = `
name: flags
particles: [{ name: z, label: Z }]
inputs:
  objects:
    groups:
      - name: leptons
        capacity: 3
        momentum: { pt: pt }
        classes:
          - { name: electron, dataset: is_electron, value: 1 }
          - { name: muon, dataset: is_muon, value: 1 }
      - name: jets
        capacity: 3
        momentum: { pt: pt }
        classes:
          - { name: b_jet, dataset: is_b, value: 1 }
          - { name: c_jet, dataset: is_c, value: 1 }
          - { name: light_jet }
    features:
      - { quantity: pt }
      - { class: electron }
      - { class: muon }
      - { class: b_jet }
      - { class: c_jet }
      - { class: light_jet }
`;

function topologyOf(t: ExecutionContext, text = FLAGS): Topology {
  const path = join(temporaryFolder(t), 'flags.yaml');
  writeFileSync(path, text);
  return loadTopology(path);
}

/** One event with two leptons and three jets. */
function event(is_electron: number[], is_muon: number[]) {
  return {
    size: 1,
    momenta: Float32Array.of(91, 100, 1, 2, 3),
    groups: {
      leptons: {
        pt: Float32Array.of(1, 2, 0),
        is_electron: Float32Array.from(is_electron),
        is_muon: Int8Array.from(is_muon),
        lengths: Uint8Array.of(2),
      },
      jets: {
        pt: Float32Array.of(3, 4, 5),
        is_b: Uint8Array.of(1, 0, 0),
        is_c: Uint8Array.of(0, 1, 0),
        lengths: Uint8Array.of(3),
      },
    },
  };
}

const ENCODED = [
  [1, 1, 0, 0, 0, 0],
  [2, 0, 1, 0, 0, 0],
  [3, 0, 0, 1, 0, 0],
  [4, 0, 0, 0, 1, 0],
  [5, 0, 0, 0, 0, 1],
];

test('an object is of the class whose flag is set, or of the one without a flag', (t) => {
  const { inputs } = encodeEvents(topologyOf(t), event([1, 0, 0], [0, 1, 0]));
  t.deepEqual([...inputs['objects']!.features.subarray(0, 30)], ENCODED.flat());
});

test('events in memory have flags too', (t) => {
  const observed = {
    leptons: [
      { pt: 1, is_electron: 1, is_muon: 0 },
      { pt: 2, is_electron: 0, is_muon: 1 },
    ],
    jets: [
      { pt: 3, is_b: 1, is_c: 0 },
      { pt: 4, is_b: 0, is_c: 1 },
      { pt: 5, is_b: 0, is_c: 0 },
    ],
  };
  const { inputs } = encodeObservedEvents(topologyOf(t), [observed]);
  t.deepEqual([...inputs['objects']!.features.subarray(0, 30)], ENCODED.flat());
});

test('an object of no class and one of several are refused with the flags', async (t) => {
  const topology = topologyOf(t);
  const refuses = async (raw: ReturnType<typeof event>, message: RegExp): Promise<void> => {
    const path = join(temporaryFolder(t), 'events.h5');
    await writeEvents(path, topology, [raw]);
    const file = await EventFile.open(path, topology);
    t.throws(() => file.read(0, 1), { name: 'UserError', message });
    file.close();
  };
  await refuses(
    event([1, 0, 0], [0, 0, 0]),
    /event 0 has an object of no class \(is_electron 0, is_muon 0\), expected exactly one of is_electron 1, is_muon 1$/,
  );
  await refuses(event([1, 1, 0], [0, 1, 0]), /event 0 has an object of several classes \(is_electron 1, is_muon 1\)/);
});

test('two classes of the same objects are refused', (t) => {
  const error = t.throws(() => topologyOf(t, FLAGS.replace('is_muon, value: 1', 'is_electron, value: 1')), {
    name: 'UserError',
  });
  t.regex(error!.message, /duplicate class: electron has the same objects/);
});
