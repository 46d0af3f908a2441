import * as tf from '@tensorflow/tfjs-core';
import type { EventBatch } from '../contracts/model/observation.js';
import type { StageLoss, TrainingStage, WholeBatchMean } from '../contracts/model/training-stage.js';
import type { HostArithmetic } from '../contracts/training/host-arithmetic.js';
import type { RepeatedStep, StepInputs, StepRepeater } from '../contracts/training/step-repeater.js';
import type { Parameter } from '../module.js';
import type { Rng } from '../rng.js';

/** The losses of one batch, read back to the host. */
export interface Losses {
  readonly loss: number;
  /** The terms that make up the loss. */
  readonly terms: Readonly<Record<string, number>>;
  /** What is logged beside them. */
  readonly monitored: Readonly<Record<string, number>>;
}

/** The losses of one batch and what they say of each parameter. */
export interface LossGradients {
  readonly losses: Losses;
  /** On the host, undefined for a parameter that the loss does not use. Nobody else looks at them until `release`. */
  readonly gradients: readonly (Float32Array | undefined)[];
  /** Where the batch is a share of a larger one: the share's mean that its gradients depend on. */
  readonly ownMean?: number;
  /** Completes the gradients, in place, when the mean of all shares is known. */
  complete(mean: number): void;
  /** Gives the gradients' memory back. */
  release(): void;
}

/** What else `lossAndGradients` is given. */
export interface GradientOptions {
  /** Done while an engine that computes by itself is at work. */
  readonly meanwhile?: () => Promise<void>;
  /** The engine's, which may show gradients where they are; they are copied without it. */
  readonly arithmetic?: HostArithmetic;
  /** The engine's. Every step is run without it. */
  readonly repeater?: StepRepeater;
}

/** The loss of a batch and its gradient with respect to each of `parameters`. */
export async function lossAndGradients(
  stage: TrainingStage,
  parameters: readonly Parameter[],
  batch: EventBatch,
  rng: Rng,
  { meanwhile, arithmetic, repeater: offered }: GradientOptions = {},
): Promise<LossGradients> {
  const repeater = stage.repeatable === false ? undefined : offered;
  const inputs = { of: stage, tensors: tensorsOf(batch), rng };
  const repeated = repeater?.repeat(inputs);
  if (repeated) {
    await meanwhile?.();
    return readRepeated(repeated);
  }
  const {
    value,
    grads,
    packed,
    gradients: tensors,
  } = recorded(repeater, inputs, () => computeGradients(stage, parameters, batch, rng));
  await meanwhile?.();
  const { values, wholeBatch } = packed;
  const lacking = wholeBatch && (await lackingGradients(wholeBatch));
  const read = await values.data();
  const losses = { loss: (await value.data())[0]!, ...unpack(packed, read) };
  const gradients = await readAll(tensors, arithmetic);
  tf.dispose([value, values]);
  const release = (): void => tf.dispose(grads);
  if (!lacking) return { losses, gradients, complete: () => {}, release };
  const ownMean = read.at(-1)!;
  const complete = (mean: number): void => {
    for (const [i, parameter] of parameters.entries())
      addScaled(gradients[i], lacking.get(parameter.name), ownMean - mean);
  };
  return { losses, gradients, ownMean, complete, release };
}

function computeGradients(
  stage: TrainingStage,
  parameters: readonly Parameter[],
  batch: EventBatch,
  rng: Rng,
): GradientTensors {
  let packed: PackedLoss | undefined;
  const { value, grads } = tf.variableGrads(() => {
    packed = packLoss(stage.loss(batch, rng));
    tf.keep(packed.values);
    return packed.total;
  }, parameters as tf.Variable[]);
  return { value, grads, packed: packed!, gradients: parameters.map(({ name }) => grads[name]) };
}

/** Runs a step, watched by the repeater if there is one; a share of a batch is completed later, and not repeated. */
function recorded(
  repeater: StepRepeater | undefined,
  inputs: StepInputs,
  compute: () => GradientTensors,
): GradientTensors {
  const recording = repeater?.record(inputs);
  if (!recording) return compute();
  try {
    const computed = compute();
    const { packed, gradients, value } = computed;
    if (packed.wholeBatch) return computed;
    const { terms, monitored } = packed;
    const present = gradients.filter((gradient) => gradient !== undefined);
    const note: StepNote = { terms, monitored, hasGradient: gradients.map((gradient) => gradient !== undefined) };
    recording.end([value, packed.values, ...present], note);
    return computed;
  } finally {
    recording.cancel();
  }
}

function readRepeated({ note, values, release }: RepeatedStep): LossGradients {
  const { hasGradient, ...names } = note as StepNote;
  const [total, read, ...present] = values() as [Float32Array, Float32Array, ...Float32Array[]];
  const next = present.values();
  return {
    losses: { loss: total[0]!, ...unpack(names, read) },
    gradients: hasGradient.map((has) => (has ? next.next().value : undefined)),
    complete: () => {},
    release,
  };
}

function tensorsOf({ partons, observed, weights }: EventBatch): tf.Tensor[] {
  const objects = Object.values(observed ?? {}).flatMap(({ features, mask }) => [features, mask]);
  return [...(partons ? [partons] : []), ...objects, ...(weights ? [weights] : [])];
}

/** By the parameters' names. */
async function lackingGradients(wholeBatch: WholeBatchMean): Promise<ReadonlyMap<string, Float32Array>> {
  const { value, grads } = tf.variableGrads(() => wholeBatch.lacking(), wholeBatch.parameters as tf.Variable[]);
  const lacking = new Map<string, Float32Array>();
  for (const [name, gradient] of Object.entries(grads)) lacking.set(name, await gradient.data<'float32'>());
  tf.dispose([value, grads]);
  return lacking;
}

function addScaled(values: Float32Array | undefined, others: Float32Array | undefined, scale: number): void {
  if (values && others) for (let i = 0; i < others.length; i++) values[i]! += scale * others[i]!;
}

/** The values of tensors; without a copy if the engine can show its own memory, and no two tensors share it. */
async function readAll(
  tensors: readonly (tf.Tensor | undefined)[],
  arithmetic: HostArithmetic | undefined,
): Promise<(Float32Array | undefined)[]> {
  const present = tensors.filter((tensor) => tensor !== undefined);
  const values = (
    arithmetic?.ownValues?.(present) ?? (await Promise.all(present.map((tensor) => tensor.data<'float32'>())))
  ).values();
  const seen = new Set<Float32Array>();
  return tensors.map((tensor) => {
    const found: Float32Array | undefined = tensor && values.next().value;
    if (found && seen.has(found)) return found.slice();
    if (found) seen.add(found);
    return found;
  });
}

/** The losses of a batch without gradients. */
export async function lossOnly(stage: TrainingStage, batch: EventBatch, rng: Rng): Promise<Losses> {
  let packed: PackedLoss | undefined;
  const [total, values] = tf.tidy(() => {
    packed = packLoss(stage.loss(batch, rng));
    return [packed.total, packed.values];
  }) as [tf.Scalar, tf.Tensor1D];
  const losses = { loss: (await total.data())[0]!, ...unpack(packed!, await values.data()) };
  tf.dispose([total, values]);
  return losses;
}

/** Names of the terms of a loss and of what is monitored. */
interface LossNames {
  readonly terms: readonly string[];
  readonly monitored: readonly string[];
}

interface PackedLoss extends LossNames {
  readonly total: tf.Scalar;
  /** The terms, what is monitored and the share's mean in one tensor, not in many scalars: one read-back a step. */
  readonly values: tf.Tensor1D;
  readonly wholeBatch: WholeBatchMean | undefined;
}

/** A loss and its gradients, by the parameters' names and in the parameters' order. */
interface GradientTensors {
  readonly value: tf.Scalar;
  readonly grads: tf.NamedTensorMap;
  readonly gradients: readonly (tf.Tensor | undefined)[];
  readonly packed: PackedLoss;
}

/** What a repeated step does not say by itself. */
interface StepNote extends LossNames {
  readonly hasGradient: readonly boolean[];
}

function packLoss({ terms, monitored = {}, wholeBatch }: StageLoss): PackedLoss {
  const own = wholeBatch ? [wholeBatch.own] : [];
  return {
    total: tf.addN(Object.values(terms)) as tf.Scalar,
    values: tf.stack([...Object.values(terms), ...Object.values(monitored), ...own]) as tf.Tensor1D,
    wholeBatch,
    terms: Object.keys(terms),
    monitored: Object.keys(monitored),
  };
}

function unpack({ terms, monitored }: LossNames, values: ArrayLike<number>): Omit<Losses, 'loss'> {
  const named = (names: readonly string[], first: number): Record<string, number> =>
    Object.fromEntries(names.map((name, i) => [name, values[first + i]!]));
  return { terms: named(terms, 0), monitored: named(monitored, terms.length) };
}
