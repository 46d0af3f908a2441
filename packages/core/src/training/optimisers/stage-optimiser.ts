import type { TrainingStage } from '../../contracts/model/training-stage.js';
import type { Communicator } from '../../contracts/training/communicator.js';
import type { HostArithmetic } from '../../contracts/training/host-arithmetic.js';
import type { Optimiser } from '../../contracts/training/optimiser.js';
import { UserError } from '../../errors.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { Parameter } from '../../module.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { checkNames, pushWeights, type Weight } from '../weights.js';
import { clipScale, globalNorm } from './gradient-norm.js';
import { JointGradients } from './joint-gradients.js';
import { MovingAverage } from './moving-average.js';
import { OptimiserMemory } from './optimiser-memory.js';

/** What a stage is optimised with. */
export interface StageOptimiserOptions {
  readonly optimiser: Optimiser;
  readonly arithmetic: HostArithmetic;
  /** Largest norm of the gradient of one parameter group. */
  readonly clipNorm: number;
  /** Decay of the moving average of the weights; 0 for none. */
  readonly ema: number;
}

interface Group {
  readonly name: string;
  readonly weights: readonly Weight[];
  /** Place of its first weight among those of the stage. */
  readonly start: number;
  readonly memory: OptimiserMemory;
}

/** The weights of one stage with what their optimiser remembers of each parameter group, and their moving average. */
export class StageOptimiser {
  /** The weights this stage trains, in the order of their gradients everywhere here. */
  readonly weights: readonly Weight[];
  /** Their parameters. */
  readonly parameters: readonly Parameter[];
  /** The weights' values on the host. */
  readonly #values: readonly Float32Array[];
  readonly #groups: readonly Group[];
  readonly #options: StageOptimiserOptions;
  readonly #average: MovingAverage | undefined;
  #joint: JointGradients | undefined;

  constructor(stage: TrainingStage, weights: readonly Weight[], options: StageOptimiserOptions) {
    this.#options = options;
    this.#groups = groupsOf(stage, weights, options.optimiser);
    this.weights = this.#groups.flatMap((group) => group.weights);
    this.parameters = this.weights.map(({ parameter }) => parameter);
    this.#values = this.weights.map(({ values }) => values);
    const { ema, arithmetic } = options;
    this.#average = ema > 0 ? new MovingAverage(this.#values, ema, arithmetic) : undefined;
  }

  /** The sum over workers of each gradient, in memory of its own unless there is one worker. */
  async sum(
    gradients: readonly Float32Array[],
    communicator: Communicator,
    during: string,
  ): Promise<readonly Float32Array[]> {
    if (communicator.world === 1) return gradients;
    this.#joint ??= new JointGradients(gradients.map(({ length }) => length));
    this.#joint.fill(gradients);
    return this.#joint.sum(communicator, during);
  }

  /** Norm of each group's gradient, before clipping; `divisor` is how many times too large the gradients are. */
  norms(gradients: readonly Float32Array[], divisor: number): Record<string, number> {
    const { arithmetic } = this.#options;
    return Object.fromEntries(
      this.#groups.map((group) => [group.name, globalNorm(ofGroup(group, gradients), arithmetic) / divisor]),
    );
  }

  /** One update of every group; `step` counts this stage's updates, from 1. */
  apply(
    gradients: readonly Float32Array[],
    norms: Readonly<Record<string, number>>,
    { learningRate, step, divisor }: { readonly learningRate: number; readonly step: number; readonly divisor: number },
  ): void {
    const { arithmetic, clipNorm } = this.#options;
    for (const group of this.#groups) {
      const scale = clipScale(norms[group.name]!, clipNorm) / divisor;
      const [weights, own] = [ofGroup(group, this.#values), ofGroup(group, gradients)];
      group.memory.update({ learningRate, scale, weights, gradients: own }, arithmetic);
    }
    this.#push(this.#values);
    this.#average?.update(this.#values, step);
  }

  /** Runs `work` with the averaged weights in the model, and puts the trained ones back. */
  async withAverage<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#average) return work();
    this.#push(this.#average.values);
    try {
      return await work();
    } finally {
      this.#push(this.#values);
    }
  }

  /** Makes the averaged weights the model's, for a later stage to build on. */
  adoptAverage(): void {
    if (!this.#average) return;
    for (const [i, values] of this.#values.entries()) values.set(this.#average.values[i]!);
    this.#push(this.#average.values);
  }

  #push(values: readonly Float32Array[]): void {
    pushWeights(this.parameters, values, this.#options.arithmetic);
  }

  /** What the optimiser remembers, named `group.moment.parameter`. */
  moments(): Map<string, HostTensor> {
    const tensors = new Map<string, HostTensor>();
    for (const group of this.#groups) {
      for (const [name, tensor] of group.memory.tensors(names(group))) tensors.set(`${group.name}.${name}`, tensor);
    }
    return tensors;
  }

  /** Updates made so far, by group. */
  get steps(): Record<string, number> {
    return Object.fromEntries(this.#groups.map(({ name, memory }) => [name, memory.steps]));
  }

  /** The moving average of every weight of the model: this stage's averaged, the others as they are. */
  averages(weights: readonly Weight[]): Map<string, HostTensor> | undefined {
    const average = this.#average;
    if (!average) return undefined;
    const averaged = new Map(this.weights.map((weight, i) => [weight, average.values[i]!]));
    return new Map(
      weights.map((weight) => [
        weight.name,
        { shape: weight.parameter.shape, values: averaged.get(weight) ?? weight.values },
      ]),
    );
  }

  /** Takes moments and averages back from a checkpoint of the same stage. */
  restore(path: string, { optimiser, average, state }: Checkpoint): void {
    const expected = new Map([...this.moments()].map(([name, { shape }]) => [name, shape]));
    checkNames(`${path}/optimizer.safetensors`, expected, optimiser);
    for (const group of this.#groups) {
      const prefix = `${group.name}.`;
      const own = [...optimiser].filter(([name]) => name.startsWith(prefix));
      const moments = new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
      group.memory.restore(names(group), moments, state.optimiserSteps[group.name] ?? 0);
    }
    if (!this.#average) return;
    if (!average) throw new UserError(`invalid checkpoint ${path}: it has no moving average, and training.ema is on`);
    for (const [i, { name }] of this.weights.entries()) this.#average.values[i]!.set(average.get(name)!.values);
  }
}

function groupsOf(stage: TrainingStage, weights: readonly Weight[], optimiser: Optimiser): Group[] {
  const byParameter = new Map<Parameter, Weight>(weights.map((weight) => [weight.parameter, weight]));
  let next = 0;
  return stage.groups.map(({ name, parameters }) => {
    const own = parameters.map((parameter) => byParameter.get(parameter)!);
    const sizes = own.map(({ values }) => values.length);
    const start = next;
    next += own.length;
    return { name, weights: own, start, memory: new OptimiserMemory(optimiser, sizes) };
  });
}

function ofGroup({ start, weights }: Group, gradients: readonly Float32Array[]): readonly Float32Array[] {
  return gradients.slice(start, start + weights.length);
}

function names(group: Group): string[] {
  return group.weights.map(({ name }) => name);
}
