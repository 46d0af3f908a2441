import type { EventSpec } from '@unfold-zoo/core';
import type { KinematicQuantity } from '@unfold-zoo/core/events';
import { kinematics, particleMomenta, partonColumns } from '@unfold-zoo/metrics';
import type { ParticleColumn } from '../draws/quantity-blocks.js';

/** Bins of one quantity that hold about as many true events each; the outer ones have no outer end. */
export interface TruthBins extends ParticleColumn {
  /** Ascending, one fewer than bins. */
  readonly edges: readonly number[];
  /** What is in the middle of the events of each bin, to draw it at. */
  readonly centres: readonly number[];
}

/** Bins of the given quantities of every particle from true partons [n, P]; not of a quantity that hardly varies. */
export function truthBins(
  spec: EventSpec,
  partons: Float32Array,
  { quantities, bins }: { quantities: readonly KinematicQuantity[]; bins: number },
): TruthBins[] {
  const columns = partonColumns(spec, partons);
  return spec.particles.flatMap((_, particle) => {
    const all = kinematics(particleMomenta(columns, particle));
    return quantities.flatMap((quantity) => {
      const sorted = all[quantity].filter(Number.isFinite).sort();
      const at = (share: number): number => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]!;
      const edges = Array.from({ length: bins - 1 }, (_, i) => at((i + 1) / bins));
      const rises = edges.every((edge, i) => i === 0 || edge > edges[i - 1]!);
      const centres = Array.from({ length: bins }, (_, i) => at((i + 0.5) / bins));
      return sorted.length >= bins && rises ? [{ particle, quantity, edges, centres }] : [];
    });
  });
}

/** The bin that a number is in. */
export function binOf({ edges }: TruthBins, value: number): number {
  let bin = 0;
  while (bin < edges.length && value >= edges[bin]!) bin++;
  return bin;
}

/** How text writes a bin, e.g. `60 to 110`, `below 60`. */
export function binLabel({ edges }: TruthBins, bin: number): string {
  const text = (edge: number): string => (Math.abs(edge) < 10 ? edge.toFixed(2) : edge.toFixed(0));
  if (bin === 0) return `below ${text(edges[0]!)}`;
  return bin === edges.length ? `above ${text(edges[bin - 1]!)}` : `${text(edges[bin - 1]!)} to ${text(edges[bin]!)}`;
}
