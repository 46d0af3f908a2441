import type { KinematicQuantity } from '@unfold-zoo/core/events';
import type { NumberColumn } from '@unfold-zoo/metrics';
import { type NeutrinoSolutions, rankIn, type SampleSummary, summariseSample } from '@unfold-zoo/report';

/** A sample in numbers, and the share of it below the truth, if that is known. */
export type RankedSummary = SampleSummary & { readonly truthRank?: number };

/** The posterior of one quantity in numbers. */
export interface QuantitySummary {
  readonly particle: string;
  readonly quantity: KinematicQuantity;
  readonly unit: string;
  readonly truth?: number;
  readonly models: readonly (RankedSummary & { readonly label: string })[];
  readonly reference?: RankedSummary;
}

/** Posteriors of several models for one event, in numbers. */
export interface PosteriorSummary {
  /** In the test split, from 0. */
  readonly event: number;
  /** Of each model. */
  readonly draws: number;
  readonly runs: readonly { readonly label: string; readonly path: string }[];
  /**
   * The neutrino's momentum along the beam in GeV, and its eta, by the W boson's mass; empty lists where none is real.
   */
  readonly neutrino?: NeutrinoSolutions;
  readonly reference?: {
    /** Training events, and how many of equal weight would know as much as these. */
    readonly events: number;
    readonly effectiveEvents: number;
    /** Distance of the nearest. */
    readonly nearest: number;
    /** The standardised features that distances are measured in. */
    readonly features: readonly string[];
  };
  readonly quantities: readonly QuantitySummary[];
}

/** Draws of one quantity, and what they are compared with. */
export interface QuantityDraws extends Pick<QuantitySummary, 'particle' | 'quantity' | 'unit' | 'truth'> {
  readonly models: readonly { readonly label: string; readonly values: NumberColumn }[];
  readonly reference?: { readonly values: NumberColumn; readonly weights: NumberColumn };
}

/** The numbers of one quantity. */
export function summarisePosterior({ models, reference, ...what }: QuantityDraws): QuantitySummary {
  const options = { angle: what.quantity === 'phi' };
  const summarise = (values: NumberColumn, weights?: NumberColumn): RankedSummary => ({
    ...summariseSample(values, weights, options),
    ...(what.truth !== undefined && { truthRank: rankIn(what.truth, values, weights, options) }),
  });
  return {
    ...what,
    models: models.map(({ label, values }) => ({ label, ...summarise(values) })),
    ...(reference && { reference: summarise(reference.values, reference.weights) }),
  };
}
