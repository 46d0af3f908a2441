import * as tf from '@tensorflow/tfjs-core';
import {
  type Communicator,
  type Engine,
  type EventBatch,
  EventSource,
  GenerativeModel,
  type HostEvents,
  type Metric,
  Module,
  type Observation,
  type Parameter,
  type Posterior,
  type Reached,
  type Reporter,
  Rng,
  type RunStart,
  type Sampler,
  type SortedSample,
  type StageLoss,
  type StepRecord,
  type TrainingStage,
} from '@unfold-zoo/core';
import { partonWidth, truePartons } from '@unfold-zoo/core/events';
import type { Diagnostic } from '@unfold-zoo/core/findings';
import {
  build,
  ConformanceError,
  communicatorChecks,
  conform,
  engineChecks,
  eulerStandIn,
  eventSourceChecks,
  generativeModelChecks,
  type Make,
  type MetricClaims,
  metricChecks,
  reporterChecks,
  type SamplerClaims,
  type StepsDone,
  samplerChecks,
} from '@unfold-zoo/core/testing';
import { javaScriptArithmetic, type ParameterGroup } from '@unfold-zoo/core/training';
import { onlyWorker } from '@unfold-zoo/core/workers';
import data from '@unfold-zoo/data';
import { wassersteinMetric } from '@unfold-zoo/metrics';
import vld, { type Vld } from '@unfold-zoo/models-vld';
import test from 'ava';
import { conforms, refusesBroken } from './broken.js';

let calls = 0;

// Samplers

interface SamplerUnderTest extends SamplerClaims {
  make(steps: number): Sampler;
}

type Step = (latent: tf.Tensor2D, move: { readonly t: number; readonly s: number; readonly rng: Rng }) => tf.Tensor;

function changedStep(step: Step, claims: SamplerClaims = { order: 1 }): SamplerUnderTest {
  const make = (steps: number): Sampler<StepsDone> => {
    const plain = eulerStandIn(steps);
    return {
      ...plain,
      step: (from, diffusion, rng) => {
        const next = plain.step(from, diffusion, rng);
        return { ...next, latent: step(next.latent, { t: from.t, s: next.t, rng }) as tf.Tensor2D };
      },
    };
  };
  return { make: make as (steps: number) => Sampler, ...claims };
}

function overshooting(steps: number): Sampler {
  const plain = eulerStandIn(steps);
  return { ...plain, step: (from, ...rest) => ({ ...plain.step(from as Reached<StepsDone>, ...rest), t: -0.1 }) };
}

const euler: SamplerUnderTest = { make: eulerStandIn, order: 1 };

refusesBroken('sampler', ({ make, ...claims }: SamplerUnderTest) => samplerChecks(make, claims), euler, {
  'steps lead from time 1 to exactly 0, and never back': [
    { make: overshooting, order: 1 },
    /leads from time 1 to -0.1/,
  ],
  'a latent keeps its shape, and what was given stays as it was': [
    changedStep((latent) => tf.concat([latent, latent], 0)),
    /the latent has shape \[32,3\], expected \[4,3\]/,
  ],
  'data that are a single point are found after any number of steps': [
    changedStep((latent, { s }) => (s === 0 ? tf.mul(1.1, latent) : latent)),
    /after 1 steps latents are .* from where they belong/,
  ],
  'Gaussian data are reached with the order that is claimed, or in distribution': [
    { ...euler, order: 2 },
    /the error falls with order (0\.9|1\.0)\d from 40 to 160 steps, claimed is 2/,
  ],
  'the same seed gives the same latents, also from one sampler used twice': [
    changedStep((latent) => tf.add(latent, 0.001 * calls++)),
    /it keeps a state/,
  ],
  'a latent depends on its own row alone, of a sampler that says so': [
    changedStep((latent) => tf.sub(latent, tf.mean(latent, 0))),
    /latents are others in another batch: batchIndependent has to be false/,
  ],
  'no tensor outlives the sampling but its result': [
    changedStep((latent) => {
      tf.keep(tf.clone(latent));
      return latent;
    }),
    /5 tensors are left behind/,
  ],
});

const ofOrder = ({ make, ...claims }: SamplerUnderTest) =>
  samplerChecks(make, claims).filter(([title]) => title.startsWith('Gaussian data'));

refusesBroken('random sampler', ofOrder, euler, {
  'Gaussian data are reached with the order that is claimed, or in distribution': [
    changedStep((latent, { s, rng }) => (s === 0 ? tf.add(latent, rng.normalTensor(latent.shape[0], 3)) : latent)),
    /the variance of draws is .*, expected/,
  ],
});

refusesBroken('sampler of an order that it does not say', ofOrder, euler, {
  'Gaussian data are reached with the order that is claimed, or in distribution': [
    { make: eulerStandIn },
    /say of which order it is/,
  ],
});

// Models

const right: Make<GenerativeModel> = (setting) => build(GenerativeModel, vld, { kind: 'vld' }, setting);

/** A model with one stage and some of it changed. */
function changedModel(
  change: (model: Vld) => Partial<GenerativeModel> & { readonly extra?: Parameter },
): Make<GenerativeModel> {
  return (setting) => {
    const model = right(setting) as Vld;
    const { stages = model.stages, posterior = model.posterior.bind(model), ...fields } = change(model);
    class Changed extends Module implements GenerativeModel {
      readonly model = model;
      readonly stages = stages;
      posterior(observed: Observation) {
        return posterior(observed);
      }
    }
    return Object.assign(new Changed(), fields);
  };
}

function changedStage(
  model: Vld,
  change: (stage: TrainingStage) => Partial<TrainingStage>,
): { stages: TrainingStage[] } {
  const [stage] = model.stages;
  return { stages: [{ ...stage!, ...change(stage!) }] };
}

function changedLoss(change: (loss: StageLoss, batch: EventBatch, rng: Rng) => StageLoss): Make<GenerativeModel> {
  return changedModel((model) =>
    changedStage(model, ({ loss }) => ({ loss: (batch, rng) => change(loss(batch, rng), batch, rng) })),
  );
}

/** A VLD of which some of each posterior is changed. */
function changedPosterior(
  change: (right: Posterior, model: Vld, observed: Observation) => Partial<Posterior>,
): Make<GenerativeModel> {
  return changedModel((model) => ({
    posterior: (observed) => {
      const right = model.posterior(observed);
      return { ...right, ...change(right, model, observed) };
    },
  }));
}

function groups(...named: readonly [string, readonly Parameter[]][]): ParameterGroup[] {
  return named.map(([name, parameters]) => ({ name, parameters }));
}

const extra = () => tf.tidy(() => tf.variable(tf.ones([2])));

function diagnostic(x: readonly number[], y: readonly number[]): Diagnostic {
  const curves = [{ name: 'Height', y: { title: 'height', values: Float32Array.from(y) } }];
  return { name: 'Shape', x: { title: 'place', values: Float32Array.from(x) }, curves };
}

conforms('model that wraps another', generativeModelChecks(changedModel(() => ({}))));

refusesBroken('model', generativeModelChecks, right, {
  'stages and their parameter groups have names of their own, and share no parameter in a stage': [
    changedModel((model) =>
      changedStage(model, () => ({ groups: groups(['a', model.parameters], ['b', model.parameters.slice(0, 1)]) })),
    ),
    /stage "joint" has a parameter twice/,
  ],
  'every parameter is trained in some stage, and a stage trains parameters of the model alone': [
    changedModel(() => ({ extra: extra() })),
    /no stage trains extra/,
  ],
  'every loss is a finite number': [
    changedLoss(({ terms }) => ({ terms: { ...terms, broken: tf.scalar(Number.NaN) } })),
    /"broken" of stage "joint" is NaN/,
  ],
  'every parameter of a stage receives a gradient': [
    changedModel((model) => {
      const unused = extra();
      const stages = changedStage(model, ({ groups: own }) => ({ groups: [...own, ...groups(['extra', [unused]])] }));
      return { ...stages, extra: unused };
    }),
    /in stage "joint" no gradient reaches extra/,
  ],
  'the same seed gives the same loss, and a loss changes no parameter': [
    changedLoss(({ terms }) => ({ terms: { ...terms, calls: tf.scalar(calls++) } })),
    /the loss of stage "joint" differs for the same batch and seed/,
  ],
  'weights of one are as good as none, and weights matter': [
    changedModel((model) =>
      changedStage(model, ({ loss }) => ({ loss: ({ partons, observed }, rng) => loss({ partons, observed }, rng) })),
    ),
    /weights do not matter/,
  ],
  'there are as many draws of finite partons an event as were asked for': [
    changedPosterior(({ draw }) => ({ draw: (rng) => draw(rng) })),
    /3 draws of 4 events has shape \[4,10\], expected \[12,10\]/,
  ],
  'the same seed gives the same draws and another seed others': [
    changedPosterior(({ draw }) => ({ draw: (_rng, draws) => draw(new Rng(1), draws) })),
    /draws do not depend on the seed/,
  ],
  'draws depend on what was observed': [
    changedPosterior(() => ({ draw: (rng, draws = 1) => rng.normalTensor(4 * draws, 10) })),
    /draws do not depend on what was observed/,
  ],
  'draws of an event depend neither on other events nor on how many draws are made': [
    changedPosterior(({ draw }) => ({
      draw: (rng, draws) => tf.tidy(() => tf.add(draw(rng, draws), tf.mean(draw(rng, draws), 0))),
    })),
    /draw 2 of event 0 is another when it is made alone/,
  ],
  'the detector is looked at when the posterior is made, and not again': [
    changedPosterior((_right, model, observed) => ({
      draw: (rng, draws) => tf.tidy(() => model.posterior(observed).draw(rng, draws)),
    })),
    /a draw fails once the observation is freed/,
  ],
  'a density, where there is one, is a finite number for each draw of each event': [
    changedPosterior(() => ({ logDensity: (partons) => tf.zeros([partons.shape[0], 1]) as tf.Tensor as tf.Tensor1D })),
    /the density has shape \[4,1\], expected \[4\]/,
  ],
  'curves that it shows of itself have a finite number at each place of their axis': [
    changedModel(() => ({ diagnostics: () => [diagnostic([0, 1], [1])] })),
    /"height" of "Shape" has 1 numbers at 2 places/,
  ],
  'what a posterior holds is freed with it, and what was observed is not': [
    changedPosterior(() => ({ dispose: () => {} })),
    /1 tensors outlive their posterior/,
  ],
  'no tensor outlives the tidy of a loss or of a draw': [
    changedPosterior(({ draw }) => ({ draw: (rng, draws) => tf.keep(draw(rng, draws)) })),
    /1 tensors are left behind/,
  ],
  'weights that were written and read again give the same draws': [
    (setting) => {
      // What it adds to its draws is no parameter.
      const hidden = setting.rng.fork('hidden').uniform();
      return changedPosterior(({ draw }) => ({
        draw: (rng, draws) => tf.add(draw(rng, draws), hidden),
      }))(setting);
    },
    /something that matters is no parameter/,
  ],
});

// Metrics

interface MetricUnderTest extends MetricClaims {
  readonly metric: Metric;
}

const wasserstein = wassersteinMetric();
const changedMetric = (distance: Metric['distance'], claims: MetricClaims = {}): MetricUnderTest => ({
  metric: { label: 'changed', distance },
  ...claims,
});
const rightMetric: MetricUnderTest = { metric: wasserstein, shift: Math.abs, degree: 1 };
const last = ({ values }: SortedSample): number => values.at(-1)!;

refusesBroken('metric', ({ metric, ...claims }: MetricUnderTest) => metricChecks(() => metric, claims), rightMetric, {
  'the distance of equal samples is zero': [
    changedMetric((a, b) => 1 + wasserstein.distance(a, b)),
    /of a sample to itself is 1, expected 0/,
  ],
  'the distance of different samples is positive and finite': [changedMetric(() => 0), /different samples are 0 apart/],
  'a weight of n counts as n equal values': [
    changedMetric((a, b) => wasserstein.distance({ values: a.values }, { values: b.values })),
    /weights instead of repeated values/,
  ],
  'the order in which equal values stand with their weights does not matter': [
    changedMetric((a, b) => (a.weights?.[0] ?? 0) + wasserstein.distance(a, b)),
    /equal values in another order/,
  ],
  'the samples stay as they were, and the metric keeps nothing of them': [
    changedMetric((a, b) => {
      a.values[0]! -= 1;
      return wasserstein.distance(a, b);
    }),
    /changed a sample/,
  ],
  'it has a label': [{ metric: { ...wasserstein, label: ' ' } }, /the label is empty/],
  'the distance from a to b is that from b to a': [
    changedMetric((a, b) => Math.max(0, last(a) - last(b)) + wasserstein.distance(a, b)),
    /from b to a/,
  ],
  'the distance of a shift is what is claimed': [
    { metric: wasserstein, shift: (by) => by ** 2 },
    /of a shift by 0.25 is 0.2\d*, expected 0.0625/,
  ],
  'the distance scales with the values as is claimed': [{ metric: wasserstein, degree: 0 }, /eight times as large/],
});

// Data

const source = (): EventSource =>
  build(EventSource, data, { kind: 'ttbar-generator', train: 40, validation: 20, test: 20 });

function changedSource(change: Partial<EventSource>): () => EventSource {
  return () => {
    const made = source();
    return {
      spec: made.spec,
      blockSize: made.blockSize,
      open: () => made.open(),
      close: () => made.close(),
      hasTruth: (split) => made.hasTruth(split),
      count: (split) => made.count(split),
      read: (...range) => made.read(...range),
      ...change,
    };
  };
}

/** Events whose truth is known. */
type SimulatedEvents = HostEvents & { readonly partons: Float32Array };

function changedEvents(change: (events: SimulatedEvents, start: number) => HostEvents): () => EventSource {
  const made = source();
  const read: EventSource['read'] = async (split, start, count) => {
    await made.open();
    const events = await made.read(split, start, count);
    return change({ ...events, partons: truePartons(events) }, start);
  };
  return changedSource({ read });
}

function changedInput(change: (features: Float32Array, mask: Float32Array) => void): () => EventSource {
  return changedEvents((events) => {
    const { features, mask } = events.inputs['objects']!;
    change(features, mask);
    return events;
  });
}

const twice = source().spec.particles.slice(0, 1);

refusesBroken('data', eventSourceChecks, source, {
  'the event description names each particle and feature once': [
    changedSource({ spec: { ...source().spec, particles: [...twice, ...twice] } }),
    /two particles have the same name/,
  ],
  'counts are whole numbers, and there are events to train on': [
    changedSource({ count: () => 0.5 }),
    /the train split has 0.5 events/,
  ],
  'arrays are as long as the event description says': [
    changedEvents((events) => ({ ...events, partons: events.partons.subarray(1) })),
    /partons of 40 events: 2199 numbers, expected 2200/,
  ],
  'the truth is there where the source says so, and it is of the events to train on': [
    changedSource({ hasTruth: (split) => split === 'train' }),
    /the validation split says that it has no truth, wrongly/,
  ],
  'every number is finite': [
    changedEvents((events) => ({ ...events, partons: events.partons.map(() => Number.NaN) })),
    /partons has a number that is not finite/,
  ],
  'masks are 0 or 1, and padding is zero': [
    changedInput((features) => features.fill(1)),
    /features where its mask says padding/,
  ],
  'log-scaled features are not negative': [
    changedInput((features) => features.fill(-1)),
    /scaled by its logarithm and has a negative value/,
  ],
  'any range holds the events that reading in order gives': [
    changedEvents((events, start) => ({ ...events, partons: events.partons.map((value) => value + start) })),
    /depend on how they are read/,
  ],
  'a range past the end is refused': [
    changedSource({ read: async (split) => source().read(split, 0, 1) }),
    /event 40 of "train", which has 40, was read without an error/,
  ],
  'exact posteriors, where there are any, are draws of each event by itself': [
    changedSource({
      exactPosterior: ({ size }) => ({
        events: size,
        draw: (_, draws = 1) => new Float32Array(size * draws * partonWidth(source().spec)).fill(size),
      }),
    }),
    /the exact draws of an event depend on the other events/,
  ],
  'two sources of the same options have the same events': [
    () => {
      const made = source();
      const offset = calls++;
      return Object.assign(changedSource({})(), {
        read: async (split: 'train', start: number, count: number) => {
          const events = await made.read(split, start, count);
          return { ...events, partons: truePartons(events).map((value) => value + offset) };
        },
        open: () => made.open(),
      });
    },
    /a second source has other events/,
  ],
});

// Engines, workers, reporters

const cpu = (): Engine => ({
  label: 'cpu',
  start: async () => {
    await tf.setBackend('cpu');
  },
});

/** The JavaScript engine with one kernel that changes its output, or does something besides. */
function changedKernel(name: string, change: (values: Float32Array) => Float32Array): () => Engine {
  return () => ({
    label: 'changed',
    start: async () => {
      await tf.setBackend('cpu');
      const backend = `changed-${calls++}`;
      const cpuBackend = tf.backend();
      tf.registerBackend(backend, () => cpuBackend);
      for (const kernel of tf.getKernelsForBackend('cpu')) {
        const kernelFunc = kernel.kernelName === name ? after(kernel.kernelFunc, change) : kernel.kernelFunc;
        tf.registerKernel({ ...kernel, backendName: backend, kernelFunc });
      }
      await tf.setBackend(backend);
    },
  });
}

interface CpuBackend {
  readonly data: { get(id: object): { values: Float32Array } };
}

function after(kernel: tf.KernelFunc, change: (values: Float32Array) => Float32Array): tf.KernelFunc {
  return (given) => {
    const output = kernel(given) as tf.TensorInfo;
    const held = (given.backend as CpuBackend).data.get(output.dataId);
    held.values = change(held.values);
    return output;
  };
}

refusesBroken('engine', engineChecks, cpu, {
  'it makes a backend current and says which': [() => ({ ...cpu(), label: '' }), /the label is empty/],
  'a product of matrices is that of float64': [
    changedKernel('BatchMatMul', (values) => values.map((value) => 1.01 * value)),
    /a product of matrices is wrong/,
  ],
  'the gradient of a small network equals central differences': [
    changedKernel('Tanh', (values) => values.map((value) => 1.5 * value)),
    /a gradient is .*, central differences say/,
  ],
  'what is not a number stays so': [
    changedKernel('BatchMatMul', (values) => values.map((value) => value || 0)),
    /NaN is lost/,
  ],
  'its arithmetic on host arrays is that of JavaScript': [
    () => ({ ...cpu(), hostArithmetic: { ...javaScriptArithmetic, movingAverage: () => {} } }),
    /a moving average is not that of JavaScript/,
  ],
  'what a tidy made is freed': [
    changedKernel('Softmax', (values) => {
      tf.keep(tf.scalar(1));
      return values;
    }),
    /a tidy leaves tensors behind/,
  ],
});

type Numbers = Float32Array | Float64Array | Uint8Array;
type Combine = (a: number, b: number) => number;

interface Pair {
  readonly sum?: (values: Numbers) => Combine;
  readonly spread?: Combine;
}

const add: Combine = (a, b) => a + b;

/** Two workers in one process, which meet in each collective call. */
function pair({ sum = () => add, spread = (a) => a }: Pair = {}): Communicator[] {
  const waiting: { arrays: readonly Numbers[]; done: () => void }[][] = [[], []];
  const meet = (rank: number, arrays: readonly Numbers[], combine: Combine): Promise<void> =>
    new Promise((done) => {
      waiting[rank]!.push({ arrays, done });
      const [first, second] = waiting.map(([next]) => next);
      if (!first || !second) return;
      for (const queue of waiting) queue.shift();
      for (const [i, a] of first.arrays.entries()) {
        const b = second.arrays[i]!;
        for (const [j, value] of a.entries()) a[j] = b[j] = combine(value, b[j]!);
      }
      first.done();
      second.done();
    });
  return [0, 1].map((rank) => ({
    ...onlyWorker(),
    rank,
    world: 2,
    allReduceSum: (values) => meet(rank, [values], sum(values)),
    broadcast: (bytes) => meet(rank, [bytes], spread),
  }));
}

conforms(
  'two workers',
  communicatorChecks(() => pair()),
);

refusesBroken(
  'parallel',
  (join: () => Communicator[]) => communicatorChecks(join),
  () => pair(),
  {
    'every worker has a rank of its own below the size of the world': [
      () => pair().map((worker) => ({ ...worker, rank: 0 })),
      /two workers have the same rank: 0, 0/,
    ],
    'gradients become their sum over workers, in place': [
      () => pair({ sum: (values) => (values instanceof Float32Array ? (a, b) => (a + b) / 2 : add) }),
      /gradients became 0.5,2,-0.5,.*, expected 1,4,-1,/,
    ],
    'values become their sum over workers, in place': [
      () => pair({ sum: () => (a, b) => Math.fround(a + b) }),
      /values became 1,2,2, expected 1,2,2.0000/,
    ],
    'everyone gets the bytes of worker 0': [
      () => pair({ spread: (_, b) => b }),
      /bytes became 1,7,254; 1,7,254, expected 0,0,255/,
    ],
  },
);

const quiet = (): Reporter => ({});

/** A reporter that throws a ConformanceError of its own where a part of the run is not as it wants it. */
function reporter(change: Partial<Reporter>): () => Reporter {
  return () => ({ ...quiet(), ...change });
}

const fail = (what: string) => (): never => {
  throw new ConformanceError(what);
};

refusesBroken('reporter', reporterChecks, quiet, {
  'it follows a whole run': [reporter({ onCheckpoint: fail('checkpoint') }), /checkpoint/],
  'it follows a run that goes on from a checkpoint': [
    reporter({ onStart: ({ step }: RunStart) => (step > 0 ? fail('the second start')() : undefined) }),
    /the second start/,
  ],
  'it follows a run that ends before its first step': [
    () => {
      let steps = 0;
      return { onStep: () => void steps++, onEnd: () => (steps === 0 ? fail('no steps')() : undefined) };
    },
    /no steps/,
  ],
  'records stay as they were': [
    reporter({ onStep: (record: StepRecord) => void delete (record.terms as Record<string, number>)['diffusion'] }),
    /changed a record/,
  ],
  'what it reports of numbers that are not finite does not stop a run': [
    reporter({ onStep: ({ loss }: StepRecord) => (Number.isFinite(loss) ? undefined : fail('not finite')()) }),
    /not finite/,
  ],
});

test('all checks in one promise list everything that does not hold', async (t) => {
  await t.notThrowsAsync(conform(metricChecks(() => wasserstein)));
  const broken = { label: '', distance: () => 0 };
  const error = await t.throwsAsync(conform(metricChecks(() => broken)), { instanceOf: ConformanceError });
  t.regex(error?.message ?? '', /different samples are 0 apart(.|\n)*it has a label: the label is empty/);
});
