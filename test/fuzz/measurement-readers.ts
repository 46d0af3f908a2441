import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEvents, eventSpec } from '@unfold-zoo/data';
import { conditionExpression, numberExpression } from '@unfold-zoo/measurement';
import { readMeasurement, readRunConfig } from '@unfold-zoo/runs';
import { sampleEvents, topology } from '../fixtures/data/sample-events.js';
import { exampleOf } from './hdf5-readers.js';
import { mutatedText } from './mutations.js';
import type { Example, Reader } from './reader.js';

const MEASUREMENT = `name: example
simulation: { kind: ttbar-generator, train: 64, validation: 1, test: 1 }
data: [events.h5, more.h5]
backgrounds: { other: { events: other.h5, scale: 0.5 } }
luminosity: 10
selection: { truth: pt(charged_lepton) > 20, detector: count(jets) >= 4 and pt(lepton) > 25 }
observables:
  top_pt: { label: top pT, unit: GeV, truth: pt(hadronic_top), detector: pt(sum(jets)), bins: [0, 100, 200, 400] }
  both: { truth: [y(ttbar), mass(ttbar)], detector: [y(sum(jets)), mass(sum(jets) + lepton)], bins: [[-2, 0, 2], {
    rule: equal-counts, bins: 4, from: 300, to: 1200 }] }
unfolders: [{ kind: iterative-bayes, iterations: 4 }, { kind: tunfold }]
errors: { replicas: 10 }
tests: [closure]
`;

const CONDITION =
  'not (deltaR(lepton, jets[0]) < 0.4) and max(pt(jets[0]), abs(eta(lepton)) * 2.5e1, 3) > jets[1].energy / 2';
const NUMBER = 'mass(boost(leptonic_top + hadronic_top, ttbar)) - -cosThetaStar(charged_lepton, leptonic_W) * 1e-3';

/** Files of measurements and the expressions in them; a preset that a config extends. */
export const measurementReaders: readonly Reader[] = [
  { name: 'measurement', hasChecksum: false, mutation: mutatedText, prepare: measurement },
  { name: 'condition', hasChecksum: false, mutation: mutatedText, prepare: condition },
  { name: 'number', hasChecksum: false, mutation: mutatedText, prepare: number },
  { name: 'preset', hasChecksum: false, mutation: mutatedText, prepare: preset },
];

async function measurement(folder: string): Promise<Example> {
  const path = join(folder, 'measurement.yaml');
  writeFileSync(path, MEASUREMENT);
  return exampleOf(path, readMeasurement);
}

async function condition(): Promise<Example> {
  const [spec, events] = [eventSpec(topology), encodeEvents(topology, await sampleEvents(0, 20))];
  const read = async (bytes: Uint8Array): Promise<unknown> =>
    conditionExpression(spec, Buffer.from(bytes).toString('utf8'), { level: 'detector' }).evaluate(events);
  return { bytes: Buffer.from(CONDITION), read };
}

async function number(): Promise<Example> {
  const [spec, events] = [eventSpec(topology), encodeEvents(topology, await sampleEvents(0, 20))];
  const read = async (bytes: Uint8Array): Promise<unknown> =>
    numberExpression(spec, Buffer.from(bytes).toString('utf8'), { level: 'truth' }).evaluate(events);
  return { bytes: Buffer.from(NUMBER), read };
}

/** A file that a config extends, and one that that extends in turn. */
async function preset(folder: string): Promise<Example> {
  const path = join(folder, 'preset.yaml');
  writeFileSync(path, 'extends: ./own/training.yaml\nsampler: { kind: ddim, steps: 3 }\n');
  mkdirSync(join(folder, 'own'));
  writeFileSync(join(folder, 'own', 'training.yaml'), 'extends: sample\ntraining: { steps: 4 }\n');
  const config = join(folder, 'config.yaml');
  writeFileSync(config, 'extends: ./preset.yaml\nname: example\n');
  return exampleOf(path, () => readRunConfig(config));
}
