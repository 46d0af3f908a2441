import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { runKernel } from './run-kernel.js';

/** One call of a block: a part of a network that an engine may compute in one kernel. */
export interface Block<Inputs extends object, Constants extends object, Output extends tf.Tensor> {
  /** The fused kernel's name; its gradient's is the same with `Grad` after it. */
  readonly kernel: string;
  /**
   * What the output depends on, activations and parameters alike, as tensors and objects of tensors such as a module:
   * `{ x, norm: { scale, bias } }`. Each tensor receives a gradient.
   */
  readonly inputs: Inputs;
  /** Tensors that receive no gradient, such as a mask. */
  readonly constants: Constants;
  /** Numbers and words that the fused kernel is told. */
  readonly attributes?: Readonly<Record<string, number | string>>;
  /** The same block in tfjs ops: the specification. It may use no tensor but those it is given. */
  plain(inputs: Inputs, constants: Constants): Output;
}

/**
 * Runs a block in the engine's fused kernel if it has one, and otherwise as the plain composition.
 *
 * The tape of a gradient holds nothing of a block but its inputs: the plain composition is computed again on the way
 * back (Chen et al. 2016, gradient checkpointing), because tfjs would otherwise keep every intermediate of the network.
 *
 * A backend offers a fused kernel by registering two with tfjs.
 * - `<kernel>` has as inputs the tensors of `inputs` and `constants`, named by their paths (`x`, `norm.scale`), and as
 *   attributes those of the block and `training`: whether a gradient may follow. It returns the output, or a list of
 *   the output and of what else its gradient wants to see.
 * - `<kernel>Grad` has the same inputs and attributes, the rest of that list as `saved0`, `saved1`, ..., and `dy`. It
 *   returns the gradients of `inputs`, in the alphabetical order (by code unit) of their paths.
 */
export function block<Inputs extends object, Constants extends object, Output extends tf.Tensor>(
  call: Block<Inputs, Constants, Output>,
): Output {
  if (series) return series.run(call) as Output;
  const fused = hasFusedKernel(call.kernel);
  if (isTaped()) return fused ? fusedOnTape(call) : plainOnTape(call);
  return fused ? (runFused(call) as Output) : tf.tidy(() => call.plain(call.inputs, call.constants));
}

/** Whether the current backend has kernels of its own for a block and its gradient. */
export function hasFusedKernel(kernel: string): boolean {
  const backend = tf.getBackend();
  return tf.getKernel(kernel, backend) != null && tf.getKernel(`${kernel}Grad`, backend) != null;
}

/**
 * Applies blocks one after another, each to the output of the one before: `apply` may do nothing else but reshape.
 * `parameters` are all that the blocks have. The tape of a gradient sees one operation, which spares the bookkeeping of
 * each. Any block can take part, one of a plugin too: in the engine's fused kernel if it has one for that block, and
 * otherwise as its plain composition. Where the engine copies what it reshapes, this is `apply(x)`.
 * @throws Error for an operation between the blocks that is none, and for a parameter that no block uses.
 */
export function inSeries<Input extends tf.Tensor, Output extends tf.Tensor>(
  x: Input,
  parameters: readonly tf.Tensor[],
  apply: (x: Input) => Output,
): Output {
  if (series || !isTaped() || !knowsReshapedData()) return apply(x);
  return customGradient<Output>([x, ...parameters], () => {
    const blocks = new Series(x);
    const value = blocks.record(() => apply(x));
    return {
      value,
      saved: blocks.saved,
      gradient: (dy, saved) => {
        const gradients = blocks.gradients(dy, saved);
        return [x, ...parameters].map((input) => gradientOf(input, gradients));
      },
    };
  });
}

/**
 * Whether the engine reshapes without a copy: by its data the output of a block is known again. Asked once an engine.
 */
function knowsReshapedData(): boolean {
  const backend = tf.backend();
  const known = sharesDataOn.get(backend);
  if (known !== undefined) return known;
  const answer = sharesReshapedData();
  sharesDataOn.set(backend, answer);
  return answer;
}

const sharesDataOn = new WeakMap<tf.KernelBackend, boolean>();

function sharesReshapedData(): boolean {
  const x = tf.ones([1]);
  const reshaped = tf.reshape(x, [1, 1]);
  const shared = reshaped.dataId === x.dataId;
  tf.dispose([x, reshaped]);
  return shared;
}

function gradientOf(input: tf.Tensor, gradients: ReadonlyMap<number, tf.Tensor>): tf.Tensor {
  const gradient = gradients.get(input.id);
  if (!gradient) throw new Error('invalid series: one of its parameters is used by none of its blocks');
  return gradient.shape.length === input.shape.length ? gradient : tf.reshape(gradient, input.shape);
}

/** Whether tfjs is recording: a gradient is being taken, and not inside of an operation that has its own. */
function isTaped(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** One block of a series. */
interface Link {
  /** The input of a series, `x`, and each parameter, in alphabetical order. */
  readonly inputs: readonly Leaf[];
  readonly gradients: ForGradient['gradients'];
  /** Where what its gradient wants to see is among the tensors saved. */
  readonly places: readonly number[];
}

/** Blocks in series, as they are run, and their gradients. */
class Series {
  readonly saved: tf.Tensor[] = [];
  readonly #input: tf.Tensor;
  readonly #links: Link[] = [];
  readonly #places = new Map<number, number>();
  #last: tf.Tensor;

  constructor(input: tf.Tensor) {
    this.#input = input;
    this.#last = input;
  }

  /** Has the blocks of `apply` run here. */
  record<Output extends tf.Tensor>(apply: () => Output): Output {
    series = this;
    try {
      const output = apply();
      this.#checkFollows(output);
      return output;
    } finally {
      series = undefined;
    }
  }

  run<Inputs extends object, Constants extends object>(call: Block<Inputs, Constants, tf.Tensor>): tf.Tensor {
    const inputs = leaves(call.inputs);
    this.#checkFollows(inputs.find(([path]) => path === 'x')?.[1]);
    const { output, seen, gradients } = hasFusedKernel(call.kernel)
      ? runForGradient(call, inputs)
      : this.#withoutRecording(() => runPlainForGradient(call, inputs));
    this.#links.push({ inputs, gradients, places: tensorsOf(seen).map((tensor) => this.#save(tensor)) });
    this.#last = output;
    return output;
  }

  // Blocks within a plain composition are no links of the series.
  #withoutRecording<T>(work: () => T): T {
    series = undefined;
    try {
      return work();
    } finally {
      series = this;
    }
  }

  /** The gradient of the input and of each parameter by the tensor's number, given that of the output. */
  gradients(dy: tf.Tensor, saved: readonly tf.Tensor[]): ReadonlyMap<number, tf.Tensor> {
    const gradients = new Map<number, tf.Tensor>();
    let current = dy;
    for (const link of this.#links.toReversed()) {
      const seen = link.places.map((place) => saved[place]!);
      const found = link.gradients(current, seen);
      if (current !== dy && !found.includes(current)) current.dispose();
      for (const [i, [path, tensor]] of link.inputs.entries()) {
        if (path === 'x') current = found[i]!;
        else gradients.set(tensor.id, found[i]!);
      }
    }
    return gradients.set(this.#input.id, current);
  }

  // A reshaped tensor has the same data.
  #checkFollows(tensor: tf.Tensor | undefined): void {
    if (tensor?.dataId === this.#last.dataId) return;
    throw new Error('invalid series: between its blocks there is an operation that is none');
  }

  #save(tensor: tf.Tensor): number {
    const place = this.#places.get(tensor.id) ?? this.saved.push(tensor) - 1;
    this.#places.set(tensor.id, place);
    return place;
  }
}

/** The series that is being recorded. */
let series: Series | undefined;

type AnyBlock<Output extends tf.Tensor> = Omit<Block<object, object, Output>, 'plain'>;

function runFused({ kernel, inputs, constants, attributes }: AnyBlock<tf.Tensor>): tf.Tensor {
  const given = byPath([...leaves(inputs), ...leaves(constants)]);
  return runKernel(kernel, given, { ...attributes, training: false })[0]!;
}

function fusedOnTape<Output extends tf.Tensor>(call: AnyBlock<Output>): Output {
  const inputs = leaves(call.inputs);
  return customGradient<Output>(tensorsOf(inputs), () => {
    const { output, seen, gradients } = runForGradient(call, inputs);
    return { value: output as Output, saved: tensorsOf(seen), gradient: gradients };
  });
}

/** What a fused kernel gave, and how its gradients follow. */
interface ForGradient {
  readonly output: tf.Tensor;
  /** All that the gradient wants to see: inputs, constants, and what else the kernel gave. */
  readonly seen: readonly Leaf[];
  /** The gradients of the inputs, in their order, given that of the output and the tensors of `seen`. */
  gradients(dy: tf.Tensor, seen: readonly tf.Tensor[]): tf.Tensor[];
}

function runForGradient(call: AnyBlock<tf.Tensor>, inputs: readonly Leaf[]): ForGradient {
  const seen = [...inputs, ...leaves(call.constants)];
  const attributes = { ...call.attributes, training: true };
  const given = byPath(seen);
  const [output, ...extra] = runKernel(call.kernel, given, attributes);
  for (const [i, tensor] of extra.entries()) seen.push([`saved${i}`, tensor]);
  return {
    output: output!,
    seen,
    gradients: (dy, tensors) => {
      // The same record, because to fill another with twenty names takes as long as a small kernel.
      for (const [i, [path]] of seen.entries()) given[path] = tensors[i]!;
      given['dy'] = dy;
      return runKernel(`${call.kernel}Grad`, given, attributes);
    },
  };
}

function byPath(leaves: readonly Leaf[]): Record<string, tf.Tensor> {
  const named: Record<string, tf.Tensor> = {};
  for (const [path, tensor] of leaves) named[path] = tensor;
  return named;
}

function plainOnTape<Inputs extends object, Constants extends object, Output extends tf.Tensor>(
  call: Block<Inputs, Constants, Output>,
): Output {
  const inputs = leaves(call.inputs);
  return customGradient<Output>(tensorsOf(inputs), () => {
    const { output, seen, gradients } = runPlainForGradient(call, inputs);
    return { value: output as Output, saved: tensorsOf(seen), gradient: gradients };
  });
}

/** The plain composition, whose gradient computes it again. */
function runPlainForGradient<Inputs extends object, Constants extends object>(
  { inputs, constants, plain }: Block<Inputs, Constants, tf.Tensor>,
  differentiable: readonly Leaf[],
): ForGradient {
  const output = tf.tidy(() => plain(inputs, constants));
  const { shape } = output;
  return {
    output,
    seen: [...differentiable, ...leaves(constants)],
    gradients: (dy, tensors) => {
      const at = tensors.slice(0, differentiable.length);
      const given = replaceLeaves(constants, tensors.slice(differentiable.length));
      // In a series, dy has the shape that the output was given for the next block.
      const dyOfOutput = tf.reshape(dy, shape);
      return gradients((changed) => plain(replaceLeaves(inputs, changed), given), at, dyOfOutput);
    },
  };
}

/** `tf.grads` that may be called while an outer gradient walks its tape back: tfjs would forget that tape. */
function gradients(f: (tensors: tf.Tensor[]) => tf.Tensor, at: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const { state } = tf.engine();
  const outerTape = state.activeTape;
  try {
    return tf.grads((...tensors: tf.Tensor[]) => f(tensors))(at, dy);
  } finally {
    state.activeTape = outerTape;
  }
}

type Leaf = readonly [path: string, tensor: tf.Tensor];

/** The tensors of a tree with their paths, in alphabetical order of the path. */
function leaves(tree: object): Leaf[] {
  const found: Leaf[] = [];
  collect(tree, '', found);
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

function collect(tree: object, prefix: string, found: Leaf[]): void {
  for (const [name, value] of Object.entries(tree)) {
    if (value instanceof tf.Tensor) found.push([prefix + name, value]);
    else if (typeof value === 'object' && value !== null) collect(value, `${prefix}${name}.`, found);
  }
}

function tensorsOf(leaves: readonly Leaf[]): tf.Tensor[] {
  return leaves.map(([, tensor]) => tensor);
}

/** The same tree with other tensors, given in the order of `leaves`. */
function replaceLeaves<Tree extends object>(tree: Tree, tensors: readonly tf.Tensor[]): Tree {
  const byPath = new Map(leaves(tree).map(([path], i) => [path, tensors[i]!]));
  const rebuild = (node: object, prefix: string): object =>
    Object.fromEntries(
      Object.entries(node).map(([name, value]) => {
        const path = prefix + name;
        if (value instanceof tf.Tensor) return [name, byPath.get(path)];
        return [name, typeof value === 'object' && value !== null ? rebuild(value, `${path}.`) : value];
      }),
    );
  return rebuild(tree, '') as Tree;
}
