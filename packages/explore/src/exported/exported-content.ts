import type { Observed } from '@unfold-zoo/core';
import type { ObservedEvent } from '@unfold-zoo/data';
import type { ExportedModel } from './exported-model.js';

/**
 * What an exported page holds of its runs. Beside it lie its blocks of bytes: `model <run>`, an ONNX file, and `draws
 * <run> <name>`, numbers in single precision, little-endian: draws, truth, weights.
 */
export interface ExportedContent {
  /** What the server would answer, by address: see `addressOf`. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** By the id of the run. */
  readonly runs: Readonly<Record<string, ExportedRun>>;
}

/** A run in an exported page. */
export interface ExportedRun {
  readonly model: ExportedModel;
  /** What the detector saw of the first test events. */
  readonly events: readonly ExportedEvent[];
  readonly draws: readonly ExportedDrawSet[];
}

/** What a detector saw of an event: as it can be changed, or else as models take it. */
export type ExportedEvent = { readonly observed: ObservedEvent } | { readonly encoded: EncodedEvent };

/** An event as models take it, in lists. */
export type EncodedEvent = Readonly<
  Record<string, { readonly features: readonly number[]; readonly mask: readonly number[] }>
>;

/** How long the numbers of draws are, which are in a block of their own. */
export interface ExportedDrawSet {
  readonly name: string;
  readonly events: number;
  readonly draws: number;
  readonly hasTruth: boolean;
  readonly hasWeights: boolean;
}

/** Events as JSON has them, one of a block. */
export function encodedEvent({ inputs }: Observed): EncodedEvent {
  const entries = Object.entries(inputs).map(([name, { features, mask }]) => [
    name,
    { features: [...features], mask: [...mask] },
  ]);
  return Object.fromEntries(entries) as EncodedEvent;
}

/** The same as models take it. */
export function observedOf(event: EncodedEvent): Observed {
  const entries = Object.entries(event).map(([name, { features, mask }]) => [
    name,
    { features: Float32Array.from(features), mask: Float32Array.from(mask) },
  ]);
  return { size: 1, inputs: Object.fromEntries(entries) as Observed['inputs'] };
}
