import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Distillation,
  type EvaluatedDraws,
  Evaluator,
  type EventBatch,
  EventSource,
  EventSpec,
  type HostEvents,
  LearningRate,
  Metric,
  Optimiser,
  Representation,
  Rng,
  type SortedSample,
  type StageLoss,
} from '@unfold-zoo/core';
import { type Catalogue, type Choice, type Choices, service } from '@unfold-zoo/core/config';
import { type ExactPosterior, partonWidth } from '@unfold-zoo/core/events';
import { measuredSetting, testDraws, testObserved, testTruth, trainBriefly } from '@unfold-zoo/core/testing';
import { train, trainingOptions } from '@unfold-zoo/core/training';
import { type EventUnfolder, RatioEstimator, Unfolder } from '@unfold-zoo/measurement';
import { assemble, shortRun } from '../composition/short-run.js';
import { shortTraining, ToyModel, toyRun } from '../core/training/toy.js';
import { assigned, events as quarkEvents } from '../parts/quarks.js';

/** What a choice of a role comes to, as something that can be compared. */
export type Effect = (catalogue: Catalogue, choice: Choice) => Promise<unknown>;

/** Sizes at which any kind takes moments, for the kinds that have the option. */
export const SMALL: Readonly<Record<string, unknown>> = {
  ...{ width: 8, heads: 2, layers: 2, blocks: 2, encoderBlocks: 1, decoderBlocks: 1, objectBlocks: 1, eventBlocks: 1 },
  ...{ hidden: 8, embedding: 4, units: 8, steps: 4 },
};

const TRAINING = shortTraining({
  batchSize: 8,
  steps: 4,
  learningRate: 1e-3,
  validateEvery: 100,
  checkpointEvery: 100,
});

/** The parts of a model that uses nearly all of them. */
const PARTS: readonly (readonly [role: string, kind: string])[] = [
  ['model', 'vld'],
  ['conditionEncoder', 'gated-transformer'],
  ['codec', 'gaussian'],
  ['schedule', 'learned'],
  ['denoiser', 'gated-mlp'],
  ['sampler', 'ddim'],
];

/** Options of a kind at small sizes, as a config would have them. */
export function smallChoice(catalogue: Catalogue, role: string, kind: string, given: object = {}): Choice {
  const { options } = catalogue.components(role).find((each) => each.kind === kind)!;
  const small = Object.entries(SMALL).filter(([option]) => Object.hasOwn(options.shape, option));
  return catalogue.schemaOf(role).parse({ kind, ...Object.fromEntries(small), ...given }) as Choice;
}

/** Options that the other parts must have for a kind, by their roles. */
const NEEDED_BY: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  'model ldm': { schedule: { learnEndPoints: false } },
  'model vdm': { schedule: { learnEndPoints: false } },
  'model vld': { schedule: { learnEndPoints: false } },
  'model cvae': { codec: { condition: 'both' } },
};

/** Losses, and draws of the model that was trained. */
function ofModel(role: string): Effect {
  return async (catalogue, choice) => {
    const needed = NEEDED_BY[`${role} ${choice.kind}`] ?? {};
    const parts = PARTS.map(([each, kind]) => [each, smallChoice(catalogue, each, kind, needed[each])]);
    const choices = { ...Object.fromEntries(parts), [role]: choice } as Choices;
    const { losses, draws } = await shortRun(() => assemble(catalogue, choices), TRAINING, {
      ...(role === Optimiser.key && { optimiser: catalogue.assemble(Optimiser, choices, new Rng(1)) }),
      ...(role === LearningRate.key && { learningRate: catalogue.assemble(LearningRate, choices, new Rng(1)) }),
    });
    return { losses, draws };
  };
}

/** The same of a model that is distilled after its training. */
const ofDistillation: Effect = async (catalogue, choice) => {
  const parts = PARTS.map(([each, kind]) => [each, smallChoice(catalogue, each, kind)]);
  const choices = { ...Object.fromEntries(parts), distillation: choice } as Choices;
  const distilled = () => catalogue.assemble(Distillation, choices, new Rng(1)).distil(assemble(catalogue, choices));
  const { losses, draws } = await shortRun(distilled, TRAINING);
  return { losses, draws };
};

/** Losses of the choices, and draws of a model behind them, both trained briefly. */
const ofAssignment: Effect = async (_catalogue, { kind: _, ...options }) => {
  const { model } = assigned(options);
  trainBriefly(model, { steps: 2, learningRate: 0.01, makeBatch: (rng) => quarkEvents(16, rng) });
  const batch = quarkEvents(4, new Rng(1));
  const { terms } = model.stages[0]!.loss(batch, new Rng(2));
  const draws = model.posterior(batch.observed).draw(new Rng(2), 2);
  return [Object.values(terms).map((term) => term.dataSync()), draws.arraySync()];
};

/** How many events there are, and the first of each split. */
const ofData: Effect = async (catalogue, choice) => {
  const source = catalogue.assemble(EventSource, { data: choice }, new Rng(1));
  await source.open();
  try {
    const splits = ['train', 'validation', 'test'] as const;
    const counts = splits.map((split) => source.count(split));
    return [source.spec.name, counts, await Promise.all(splits.map((split) => source.read(split, 0, 1)))];
  } finally {
    await source.close();
  }
};

/** Samples that do not cover each other, with an empty place between. */
const SAMPLES: readonly SortedSample[] = [
  { values: Float64Array.from({ length: 200 }, (_, i) => (i < 150 ? i / 100 : 2 + i / 200)) },
  { values: Float64Array.from({ length: 100 }, (_, i) => -0.3 + i / 20) },
];

const ofMetric: Effect = async (catalogue, choice) => {
  const [metric] = catalogue.assembleAll(Metric, { metrics: [choice] }, new Rng(1));
  return metric!.distance(SAMPLES[0]!, SAMPLES[1]!);
};

/** All numbers of the truth are standard normal, whatever is observed. */
function withExactPosterior(drawn: EvaluatedDraws): EvaluatedDraws {
  const exactPosterior = ({ size: events }: HostEvents): ExactPosterior => {
    const numbers = events * partonWidth(drawn.source.spec);
    const draw = (rng: Rng, draws = 1) => Float32Array.from({ length: numbers * draws }, () => rng.normal());
    return { events, draw };
  };
  return { ...drawn, source: { ...drawn.source, exactPosterior } };
}

const ofEvaluator: Effect = async (catalogue, choice) => {
  const { partons, ...events } = withExactPosterior(testDraws());
  // Far from right, so that evaluators have something to say.
  const wrong = { ...events, partons: partons.map((value) => value + 2) };
  const services = [service(EventSpec, events.source.spec)];
  const [evaluator] = catalogue.assembleAll(Evaluator, { evaluators: [choice] }, new Rng(1), services);
  return [await evaluator!.evaluate({ ...events, partons }), await evaluator!.evaluate(wrong)];
};

/** A spectrum whose measured bins do not agree with the simulated ones. */
const ofUnfolder: Effect = async (catalogue, choice) => {
  const choices = { unfolders: [choice], classifier: { kind: 'polynomial', degree: 1 } };
  const [unfolder] = catalogue.assembleAll(Unfolder, choices, new Rng(1));
  if (unfolder!.input === 'events') return ofEventUnfolder(unfolder!);
  const counts = [90, 260, 180, 40];
  const problem = {
    response: {
      joint: [60, 80, 70, 30].map((main, d) => [0, 1, 2, 3].map((t) => main / (1 + 4 * (d - t) ** 2))),
      missed: [10, 20, 15, 10],
      fakes: [5, 4, 3, 2],
    },
    measured: { counts, covariance: counts.map((count, i) => counts.map((_, j) => (i === j ? count : 0))) },
    chains: [[0, 1, 2, 3]],
  };
  return unfolder!.unfold(problem);
};

/** Events some of which are missed and some of which are fakes, and data of another spectrum. */
async function ofEventUnfolder(unfolder: EventUnfolder): Promise<unknown> {
  const rng = new Rng(1);
  const numbers = (of: (i: number) => number) => [[Float64Array.from({ length: 60 }, (_, i) => of(i))]];
  const weights = new Float64Array(60).fill(1);
  const truth = { columns: numbers((i) => (i % 7 === 0 ? Number.NaN : i / 10)), weights };
  const detector = { columns: numbers((i) => (i % 5 === 1 ? Number.NaN : i / 10 + rng.normal())), weights };
  const data = { columns: numbers((i) => i / 20 + 2), weights };
  const unfold = await unfolder.prepare(
    { simulation: { truth, detector }, data },
    { startEngine: async () => undefined },
  );
  // Which iteration is the result is chosen by the measurement.
  return [unfolder.stop, (await unfold({ simulation: weights, data: weights })).events];
}

/** Ratios of two samples of one number. */
const ofClassifier: Effect = async (catalogue, choice) => {
  const classifier = catalogue.assemble(RatioEstimator, { classifier: choice }, new Rng(1));
  const rows = (shift: number) => {
    const features = Float64Array.from({ length: 40 }, (_, i) => (i / 20) ** 2 + shift);
    return { features, width: 1, weights: new Float64Array(40).fill(1) };
  };
  const fitted = await classifier.fit(rows(0.3), rows(0), new Rng(1));
  return [...(await fitted.logRatio(rows(0).features))];
};

/** What is learned of the truth, and what becomes of other numbers. */
const ofRepresentation: Effect = async (catalogue, choice) => {
  const { spec } = measuredSetting();
  const services = [service(EventSpec, spec)];
  const observed = testObserved(spec, new Rng(3), 3);
  const representation = catalogue.assemble(Representation, { representation: choice }, new Rng(1), services);
  const numbers = representation.encode(testTruth(spec, new Rng(2), 3), observed);
  return [
    representation.columns,
    numbers,
    representation.decode(
      numbers.map((number) => number + 1),
      observed,
    ),
  ];
};

/** By role; what the options of others do is tested elsewhere. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  ...Object.fromEntries(
    [...PARTS.map(([role]) => role), 'optimiser', 'learningRate'].map((role) => [role, ofModel(role)]),
  ),
  assignment: ofAssignment,
  data: ofData,
  distillation: ofDistillation,
  metrics: ofMetric,
  representation: ofRepresentation,
  evaluators: ofEvaluator,
  unfolders: ofUnfolder,
  classifier: ofClassifier,
};

/** The toy model, which remembers the shapes of its batches. */
class WatchedModel extends ToyModel {
  readonly shapes: (readonly number[])[] = [];

  protected override stagesWith(...given: Parameters<ToyModel['stagesWith']>): ReturnType<ToyModel['stagesWith']> {
    return super.stagesWith(...given).map((stage) => ({
      ...stage,
      loss: (batch: EventBatch, rng: Rng): StageLoss => {
        this.shapes.push(batch.observed['objects']!.features.shape);
        return stage.loss(batch, rng);
      },
    }));
  }
}

/** Everything that can be seen of a training with these options. */
export async function effectOfTraining(options: Readonly<Record<string, unknown>>): Promise<unknown> {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-options-'));
  try {
    const model = new WatchedModel();
    const told: unknown[] = [];
    const reporters = [
      {
        onStep: ({ stage, step, loss, learningRate }: object & Record<string, unknown>) =>
          void told.push([stage, step, loss, learningRate]),
        onValidation: ({ step, loss, monitored }: object & Record<string, unknown>) =>
          void told.push(['validation', step, loss, monitored]),
      },
    ];
    const run = await toyRun(directory, {
      model,
      options: trainingOptions.parse(options),
      reporters: reporters as never,
    });
    const { outcome } = await train(run);
    const weights = [model.slope, model.offset].map((each) => each.dataSync());
    return [outcome, told, weights, model.shapes, readdirSync(join(directory, 'checkpoints')).sort()];
  } finally {
    rmSync(directory, { recursive: true });
  }
}
