import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';

type Floats = Float32Array;
type Words = Float32Array | Int32Array;

/** What precedes the arrays of a block's call. Sizes that the block has no use for are 0. */
export type BlockArguments = readonly [
  handle: number,
  rows: number,
  width: number,
  inner: number,
  heads: number,
  objects: number,
  epsilon: number,
  gelu: boolean,
  mask: Floats | null,
];

/** The numbers by which the addon's functions know operations, by their names in tfjs. */
export type Handles = Readonly<Record<string, number>>;

/** What the addon says of a fused block. */
export interface AddonBlock {
  /** The number by which the addon's functions know it. */
  readonly handle: number;
  /** Paths of its parameters, in the order in which the functions take them. */
  readonly parameters: readonly string[];
}

/**
 * The compiled part of the engine; see native/addon.cc. Every function throws a `RangeError` if sizes do not fit. On
 * more than one thread a function returns before its result is there, and the arrays must stay until `finish`; only
 * those that return a number or change arrays in place wait.
 */
export interface Addon {
  readonly instructionSet: string;
  readonly compiler: string;
  /** Whether this processor has products of bfloat16, and the compiler knew them. */
  readonly hasBfloat16: boolean;
  /** Handles of operations, under the names of the functions that take them. */
  readonly operations: Readonly<Record<'unary' | 'binary' | 'compare' | 'reduce', Handles>>;
  /** The fused blocks, by the names of their kernels. */
  readonly blocks: Readonly<Record<string, AddonBlock>>;
  useThreads(count: number): void;
  /** Whether maps within blocks are computed from numbers of bfloat16. Refuses what `hasBfloat16` says is not there. */
  useBfloat16(wanted: boolean): void;
  /** Returns when every result is there. */
  finish(): void;
  unary(operation: number, x: Floats, y: Floats): void;
  binary(
    operation: number,
    shape: Int32Array,
    aSteps: Int32Array,
    bSteps: Int32Array,
    a: Floats,
    b: Floats,
    y: Floats,
  ): void;
  compare(
    operation: number,
    shape: Int32Array,
    aSteps: Int32Array,
    bSteps: Int32Array,
    a: Floats,
    b: Floats,
    y: Uint8Array,
  ): void;
  select(condition: Uint8Array, yes: Floats, no: Floats, y: Floats): void;
  fill(value: number, y: Words): void;
  convert(x: Int32Array | Uint8Array, y: Floats): void;
  /** y is `scale` times the reduction of x. */
  reduce(operation: number, outer: number, reduced: number, inner: number, scale: number, x: Floats, y: Floats): void;
  /** y is where the least of each row is, the first of several. */
  whereLeast(rows: number, columns: number, x: Floats, y: Int32Array): void;
  oneHot(depth: number, on: number, off: number, indices: Int32Array, y: Floats): void;
  softmax(rows: number, columns: number, x: Floats, y: Floats): void;
  copy(
    shape: Int32Array,
    fromStart: number,
    fromSteps: Int32Array,
    from: Words,
    toStart: number,
    toSteps: Int32Array,
    to: Words,
  ): void;
  gather(outer: number, rows: number, inner: number, indices: Int32Array, x: Words, y: Words): void;
  segmentSum(segments: number, inner: number, ids: Int32Array, x: Floats, y: Floats): void;
  matrixProduct(
    batch: number,
    rows: number,
    columns: number,
    inner: number,
    shareA: boolean,
    shareB: boolean,
    transposeA: boolean,
    transposeB: boolean,
    a: Floats,
    b: Floats,
    c: Floats,
  ): void;
  sumOfSquares(arrays: readonly Floats[]): number;
  adam(
    beta1: number,
    beta2: number,
    epsilon: number,
    rate: number,
    secondScale: number,
    scale: number,
    gradients: readonly Floats[],
    weights: readonly Floats[],
    first: readonly Floats[],
    second: readonly Floats[],
  ): void;
  movingAverage(rate: number, weights: readonly Floats[], averages: readonly Floats[]): void;
  blockSavedSize(...block: BlockArguments): number;
  blockForward(
    ...call: [
      ...block: BlockArguments,
      x: Floats,
      skip: Floats | null,
      parameters: readonly (Floats | null)[],
      out: Floats,
      saved: Floats | null,
    ]
  ): void;
  blockBackward(
    ...call: [
      ...block: BlockArguments,
      x: Floats,
      skip: Floats | null,
      parameters: readonly (Floats | null)[],
      saved: Floats | null,
      dy: Floats,
      dx: Floats,
      dSkip: Floats | null,
      gradients: readonly (Floats | null)[],
    ]
  ): void;
}

const path = fileURLToPath(new URL('../dist/native/unfold.node', import.meta.url));

/** Whether the set-up could compile the addon. */
export function isAddonBuilt(): boolean {
  return existsSync(path);
}

/** Whether the engine can take `precision: bfloat16` here. */
export function hasBfloat16(): boolean {
  return isAddonBuilt() && loadAddon().hasBfloat16;
}

/** Loads the addon. Throws a `UserError` if it was not built or cannot run here. */
export function loadAddon(): Addon {
  if (!isAddonBuilt()) {
    throw new UserError(
      'missing native engine: it is not built; build it with `unfold setup native`, which needs a C++ compiler',
    );
  }
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`invalid native engine: ${detail}`, { cause });
  }
}
