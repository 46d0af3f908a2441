import type { EventSpec } from '@unfold-zoo/core';
import type { Table } from '@unfold-zoo/core/findings';
import { modelColumns, percentText } from '../drawing/number-text.js';
import type { QuantileSketch } from '../statistics/quantile-sketch.js';
import type { ParticleFourVector, Residuals, SumOfDaughters } from './four-vector-statistics.js';
import {
  CORE_SHARE,
  type FourVectorRules,
  offInWidths,
  particleVerdict,
  sumName,
  sumVerdict,
} from './four-vector-verdicts.js';

/** Energy, momentum and mass of each particle. `events`: effective number of events. */
export function fourVectorTable(
  spec: EventSpec,
  particles: readonly ParticleFourVector[],
  events: number,
  rules: FourVectorRules,
): Table {
  return {
    title: 'Four-vectors: energy, momentum and mass of each particle',
    heading: 'Particle',
    columns: modelColumns(
      'E < |p|',
      'truth',
      'E off: median',
      '68.3 %',
      'truth 68.3 %',
      'in widths',
      'Mass off [GeV]: 68.3 %',
      'truth 68.3 %',
      'Verdict',
    ),
    rows: particles.map((each) => ({
      label: spec.particles[each.particle]!.label,
      origin: 'model',
      cells: [
        percentText(each.spacelike.draws),
        percentText(each.spacelike.truth),
        ...relativeCells(each.energy, each.width, rules),
        core(each.mass.draws).toPrecision(3),
        core(each.mass.truth).toPrecision(3),
        particleVerdict(each, events, rules).text,
      ],
    })),
    notes: [
      'E off: |E / √(m² + p²) − 1|, with the mass m, energy E and momentum p that a draw states; its median, and ' +
        'below what it is in 68.3 % of the draws and of the truth. In widths: that of the draws beyond that of the ' +
        'truth, over the relative width of the posterior of E.',
      'Mass off: |√(E² − p²) − m|; where E < |p|, the root of |E² − p²| counts as negative. E < |p| does not count ' +
        'what may be rounding.',
    ],
  };
}

/** Sums of daughters; none if the truth has no such sums. */
export function sumTables(spec: EventSpec, sums: readonly SumOfDaughters[], rules: FourVectorRules): Table[] {
  if (sums.length === 0) return [];
  const table: Table = {
    title: 'Four-vectors: sums of daughters against their parents',
    heading: 'Sum',
    columns: modelColumns(
      'p off: median',
      '68.3 %',
      'truth 68.3 %',
      'in widths',
      'E off: 68.3 %',
      'truth 68.3 %',
      'Verdict',
    ),
    rows: sums.map((each) => ({
      label: sumName(spec, each),
      origin: 'model',
      cells: [
        ...relativeCells(each.momentum, each.width, rules),
        percentText(core(each.energy.draws)),
        percentText(core(each.energy.truth)),
        sumVerdict(each, rules).text,
      ],
    })),
    notes: [
      'Which momenta are the sum of which others is seen in the truth. p off: size of the difference of the vectors ' +
        "over the daughters' summed |p|; E off: of the energies, over the sum of the daughters'. In widths: that of " +
        "the draws beyond that of the truth, over the width of the posterior of the parent's momentum.",
    ],
  };
  return [table];
}

function relativeCells(off: Residuals, width: QuantileSketch, { precision }: FourVectorRules): string[] {
  return [
    percentText(off.draws.quantile(0.5)),
    percentText(core(off.draws)),
    percentText(core(off.truth)),
    offInWidths(off, width, precision).toFixed(2),
  ];
}

function core(sketch: QuantileSketch): number {
  return sketch.quantile(CORE_SHARE);
}
