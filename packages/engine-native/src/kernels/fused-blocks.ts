import { UserError } from '@unfold-zoo/core';
import type { Addon } from '../addon.js';

/** A fused kernel of core's `block`: the one place where TypeScript says what the compiled block of that name takes. */
interface FusedBlock {
  readonly kernel: string;
  /** Path of the input [..., D], and of the second if there are two. */
  readonly x: string;
  readonly skip?: string;
  /** Paths of the parameters, in alphabetical order. */
  readonly parameters: readonly string[];
  /** Of these, the one that may be missing. */
  readonly optional?: string;
  /** The parameter whose columns are the inner width. */
  readonly inner?: string;
  /** Whether the output is as wide as the input, as it is where this is absent, or of the inner width. */
  readonly outputWidth?: 'inner';
}

const norm = ['bias', 'scale'];
const attention = ['inputBias', 'inputKernel', 'outputBias', 'outputKernel'];
const gate = ['gate.inputBias', 'gate.inputKernel', 'gate.skipBias', 'gate.skipKernel'];
const curve = ['bias', 'inputWeight', 'outputWeight'];
const gatedAttention = [
  ...attention.map((name) => `attention.${name}`),
  ...gate,
  ...norm.map((name) => `norm.${name}`),
];

const fusedBlocks: readonly FusedBlock[] = [
  {
    kernel: 'UnfoldLinear',
    x: 'x',
    parameters: ['bias', 'kernel'],
    optional: 'bias',
    inner: 'kernel',
    outputWidth: 'inner',
  },
  { kernel: 'UnfoldLayerNorm', x: 'x', parameters: norm },
  { kernel: 'UnfoldGruGate', x: 'branch', skip: 'skip', parameters: gate },
  {
    kernel: 'UnfoldGatedFeedForward',
    x: 'x',
    parameters: [
      ...['contract.bias', 'contract.kernel', 'expand.bias', 'expand.kernel'],
      ...gate,
      'mix.kernel',
      ...norm.map((name) => `norm.${name}`),
    ],
    inner: 'expand.kernel',
  },
  { kernel: 'UnfoldMaskedAttention', x: 'x', parameters: attention },
  { kernel: 'UnfoldGatedAttention', x: 'x', parameters: gatedAttention },
  { kernel: 'UnfoldGatedAttentionOfFirst', x: 'x', parameters: gatedAttention },
  { kernel: 'UnfoldMonotoneShare', x: 'x', parameters: curve, inner: 'inputWeight' },
  { kernel: 'UnfoldMonotoneSlope', x: 'x', parameters: curve, inner: 'inputWeight' },
];

/** A fused block that the addon has, with what is the same in every call. */
export interface CompiledBlock extends FusedBlock {
  /** The number by which the addon knows it. */
  readonly handle: number;
  /** Every input that it has. */
  readonly knows: ReadonlySet<string>;
  /**
   * Places of what receives a gradient among the parameters, the input and the second input, in alphabetical order of
   * the paths.
   */
  readonly order: readonly number[];
}

/**
 * The fused blocks, found in the addon by their names.
 * @throws {UserError} if either side lacks a block that the other has, or they differ in a block's parameters.
 */
export function findBlocks({ blocks }: Pick<Addon, 'blocks'>): CompiledBlock[] {
  const declared = new Set(fusedBlocks.map(({ kernel }) => kernel));
  for (const name of Object.keys(blocks)) {
    if (!declared.has(name)) {
      throw new UserError(`unknown block ${name}: the compiled native engine has it, TypeScript lacks it; ${REBUILD}`);
    }
  }
  return fusedBlocks.map((fused) => compiledBlock(fused, blocks));
}

/** What helps if the addon was compiled from other sources than those of this package. */
export const REBUILD = 'build it again with `unfold setup native`';

function compiledBlock(fused: FusedBlock, blocks: Addon['blocks']): CompiledBlock {
  const found = blocks[fused.kernel];
  if (!found) {
    throw new UserError(
      `missing block ${fused.kernel}: TypeScript has it, the compiled native engine lacks it; ${REBUILD}`,
    );
  }
  const [expected, got] = [fused.parameters, found.parameters].map(String);
  if (expected !== got) {
    throw new UserError(
      `invalid parameters of ${fused.kernel}: TypeScript has ${expected}, the compiled native engine ${got}; ` +
        REBUILD,
    );
  }
  return { ...fused, handle: found.handle, knows: new Set(inputsOf(fused)), order: gradientOrder(fused) };
}

function inputsOf({ x, skip, parameters }: FusedBlock): string[] {
  return [x, ...(skip ? [skip] : []), 'mask', 'saved0', 'dy', ...parameters];
}

function gradientOrder({ x, skip, parameters }: FusedBlock): number[] {
  const paths = [...parameters, x, ...(skip ? [skip] : [])];
  return [...paths.keys()].sort((a, b) => (paths[a]! < paths[b]! ? -1 : 1));
}
