import { fileURLToPath } from 'node:url';
import {
  Communicator,
  ConditionEncoder,
  Denoiser,
  Engine,
  EventSource,
  GenerativeModel,
  LatentCodec,
  LearningRate,
  Metric,
  NoiseSchedule,
  Optimiser,
  Reporter,
  Sampler,
} from '@unfold-zoo/core';
import { corePlugin } from '@unfold-zoo/core/config';
import {
  build,
  communicatorChecks,
  conditionEncoderChecks,
  denoiserChecks,
  engineChecks,
  eventSourceChecks,
  generativeModelChecks,
  latentCodecChecks,
  learningRateChecks,
  type MetricClaims,
  metricChecks,
  noiseScheduleChecks,
  optimiserChecks,
  reporterChecks,
  type SamplerClaims,
  samplerChecks,
  standIns,
  type WrittenChoice,
} from '@unfold-zoo/core/testing';
import data, { samplePath } from '@unfold-zoo/data';
import engines from '@unfold-zoo/engines';
import metrics from '@unfold-zoo/metrics';
import baselines from '@unfold-zoo/models-baselines';
import vld from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import test from 'ava';
import { conforms } from './broken.js';

const plugins = [parts, vld, baselines];
const small = { expansion: 2 };

const encoders: readonly WrittenChoice[] = [{ kind: 'gated-transformer', width: 8, heads: 2, layers: 2, ...small }];
for (const choice of encoders) {
  conforms(
    `conditionEncoder ${choice.kind}`,
    conditionEncoderChecks((setting) => build(ConditionEncoder, plugins, choice, setting)),
  );
}

const codecs: readonly WrittenChoice[] = [
  { kind: 'gaussian', encoderBlocks: 1, decoderBlocks: 1 },
  { kind: 'gaussian', encoderBlocks: 1, decoderBlocks: 1, condition: 'both', normaliseMean: false, initialLogStd: -1 },
  { kind: 'identity' },
];
for (const choice of codecs) {
  conforms(
    `codec ${label(choice)}`,
    latentCodecChecks((setting) => build(LatentCodec, plugins, choice, setting)),
  );
}

const schedules: readonly WrittenChoice[] = [
  { kind: 'linear' },
  { kind: 'cosine' },
  { kind: 'learned', hidden: 16 },
  { kind: 'learned', hidden: 16, learnEndPoints: false },
];
for (const choice of schedules) {
  conforms(
    `schedule ${label(choice)}`,
    noiseScheduleChecks((setting) => build(NoiseSchedule, plugins, choice, setting)),
  );
}

const denoisers: readonly WrittenChoice[] = [
  { kind: 'gated-mlp', blocks: 1, embedding: 4 },
  { kind: 'gated-mlp', blocks: 1, embedding: 4, time: 't', predicts: 'velocity' },
];
for (const choice of denoisers) {
  conforms(
    `denoiser ${label(choice)}`,
    denoiserChecks((setting) => build(Denoiser, plugins, choice, setting)),
  );
}

const samplers: readonly (readonly [WrittenChoice, SamplerClaims])[] = [
  [{ kind: 'ddim' }, { order: 1 }],
  [{ kind: 'ancestral' }, {}],
  [{ kind: 'pndm' }, { order: 2 }],
  [{ kind: 'pndm', start: 'linear' }, { order: 2 }],
];
for (const [choice, claims] of samplers) {
  conforms(
    `sampler ${label(choice)}`,
    samplerChecks((steps) => build(Sampler, plugins, { ...choice, steps }), claims),
  );
}

const beside = {
  conditionEncoder: { kind: 'gated-transformer', width: 8, heads: 2, layers: 1 },
  denoiser: { kind: 'gated-mlp', blocks: 1, embedding: 4 },
  schedule: { kind: 'learned', hidden: 8 },
  sampler: { kind: 'pndm', steps: 4 },
};
const models: Readonly<Record<string, Readonly<Record<string, WrittenChoice>>>> = {
  'of its own parts': { ...beside, codec: { kind: 'gaussian', encoderBlocks: 1, decoderBlocks: 1 } },
  'of stand-ins': {},
};
for (const [name, others] of Object.entries(models)) {
  conforms(
    `model vld ${name}`,
    generativeModelChecks((setting) => build(GenerativeModel, plugins, { kind: 'vld' }, setting, others)),
  );
}

const distances: readonly (readonly [WrittenChoice, MetricClaims])[] = [
  [{ kind: 'wasserstein' }, { shift: Math.abs, degree: 1 }],
  [{ kind: 'energy' }, { degree: 0.5 }],
  [{ kind: 'ks' }, { degree: 0 }],
  [{ kind: 'kl' }, { symmetric: false, degree: 0 }],
];
for (const [choice, claims] of distances) {
  conforms(
    `metric ${choice.kind}`,
    metricChecks(() => build(Metric, metrics, choice), claims),
  );
}

// Events that a mapping chooses and computes.
const [ROOT_FILE, ROOT_TOPOLOGY] = ['nanoaod.root', 'w-boson.yaml'].map((name) =>
  fileURLToPath(new URL(`../../../fixtures/root/${name}`, import.meta.url)),
);

const sources: readonly WrittenChoice[] = [
  { kind: 'ttbar-generator', train: 40, validation: 20, test: 20 },
  { kind: 'hdf5', train: samplePath(), validationFraction: 0.1, testFraction: 0.3 },
  { kind: 'root', train: ROOT_FILE, topologyFile: ROOT_TOPOLOGY, validationFraction: 0.1, testFraction: 0.3 },
];
for (const choice of sources) {
  conforms(
    `data ${choice.kind}`,
    eventSourceChecks(() => build(EventSource, data, choice)),
  );
}

conforms(
  'parallel single',
  communicatorChecks(() => [build(Communicator, corePlugin, { kind: 'single' })]),
);

const optimisers: readonly WrittenChoice[] = [
  { kind: 'adam' },
  { kind: 'adamw' },
  { kind: 'lion' },
  { kind: 'lion', weightDecay: 0.01 },
];
for (const choice of optimisers) {
  conforms(
    `optimiser ${label(choice)}`,
    optimiserChecks(() => build(Optimiser, corePlugin, choice)),
  );
}

const rates: readonly WrittenChoice[] = [
  { kind: 'constant' },
  { kind: 'cosine' },
  { kind: 'cosine', final: 1e-4 },
  { kind: 'one-cycle' },
  { kind: 'warm-up', steps: 5, next: { kind: 'cosine' } },
  { kind: 'warm-up', steps: 5, next: { kind: 'warm-up', steps: 200, next: { kind: 'one-cycle', peak: 0.01 } } },
];
for (const choice of rates) {
  conforms(
    `learningRate ${JSON.stringify(choice)}`,
    learningRateChecks(() => build(LearningRate, corePlugin, choice)),
  );
}

for (const kind of ['jsonl', 'tensorboard']) {
  conforms(
    `reporter ${kind}`,
    reporterChecks(() => build(Reporter, corePlugin, { kind })),
  );
}

conforms(
  'conditionEncoder stand-in',
  conditionEncoderChecks((setting) => build(ConditionEncoder, [], { kind: 'stand-in' }, setting)),
);
conforms(
  'codec stand-in',
  latentCodecChecks((setting) => build(LatentCodec, [], { kind: 'stand-in' }, setting)),
);
conforms(
  'schedule stand-in',
  noiseScheduleChecks((setting) => build(NoiseSchedule, [], { kind: 'stand-in' }, setting)),
);
conforms(
  'denoiser stand-in',
  denoiserChecks((setting) => build(Denoiser, [], { kind: 'stand-in' }, setting)),
);
conforms(
  'sampler stand-in',
  samplerChecks((steps) => build(Sampler, [], { kind: 'stand-in', steps }), { order: 1 }),
);

// Last, since it leaves another backend current.
conforms(
  'engine cpu',
  engineChecks(() => build(Engine, engines, { kind: 'cpu' })),
);

test('a component that is built with what it does not know is refused', (t) => {
  t.throws(() => build(NoiseSchedule, parts, { kind: 'linaer' }), {
    message: /^unknown schedule: "linaer"; expected one of/,
  });
  t.throws(() => build(NoiseSchedule, parts, { kind: 'linear', mni: 1 }), { message: /mni/ });
  t.true(standIns.name.length > 0);
});

function label({ kind, ...options }: WrittenChoice): string {
  return [kind, ...Object.entries(options).map(([name, value]) => `${name} ${value}`)].join(' ');
}
