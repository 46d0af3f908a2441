/**
 * Layers: plain functions on explicit parameters, and modules that hold such parameters.
 *
 * Parameters of a checkpoint, by the last part of their names. Kernels are [in, out]: a row per input.
 *
 * | name | shape | layer |
 * | --- | --- | --- |
 * | `kernel`, `bias` | [I, O], [O] | `Linear` |
 * | `scale`, `bias` | [D], [D] | `LayerNorm` |
 * | `gate.inputKernel`, `gate.inputBias` | [D, 3 D], [3 D] | `GruGate`, from the branch; columns: candidate n, reset r,
 * update z |
 * | `gate.skipKernel`, `gate.skipBias` | [D, 3 D], [3 D] | `GruGate`, from the skip connection; columns: r, z, n |
 * | `attention.inputKernel`, `attention.inputBias` | [D, 3 D], [3 D] | `MaskedAttention`; columns: query, key, value,
 * each by head |
 * | `attention.outputKernel`, `attention.outputBias` | [D, D], [D] | `MaskedAttention` |
 * | `mix`, `norm`, `expand`, `contract`, `gate` | | `GatedFeedForward` |
 * | `norm`, `attention`, `gate` | | `GatedAttention` |
 */

export type { EncodedObjects } from '../contracts/model/condition-encoder.js';
export * from './encode-detector.js';
export * from './encoded-posterior.js';
export * from './functions/affine.js';
export * from './functions/gelu.js';
export * from './functions/tanh.js';
export * from './functions/within-pi.js';
export * from './fused/block.js';
export * from './fused/custom-gradient.js';
export * from './gated-attention.js';
export * from './gated-feed-forward.js';
export * from './gru-gate.js';
export * from './initial-values.js';
export * from './layer-norm.js';
export * from './linear.js';
export * from './masked-attention.js';
export * from './monotone-curve.js';
export { gatedAttentionTo, type PreparedObjects } from './prepared-objects.js';
export * from './repeat-rows.js';
export * from './sinusoidal-embedding.js';
