import type { EventSpec } from '@unfold-zoo/core';
import type { Table } from '@unfold-zoo/core/findings';
import { modelColumns, percentText, withError } from '../drawing/number-text.js';
import type { PairedMeans } from '../statistics/paired-mean.js';
import type { FoundObjects, PairObjects } from './object-statistics.js';

/** Where each particle lies among the objects that it may be seen as. */
export function objectTable(spec: EventSpec, { particles }: FoundObjects, near: number): Table {
  const reach = particles[0]!.kind.reach;
  return {
    title: "Particles and the detector's objects",
    heading: 'Particle',
    columns: modelColumns(
      `On an object (${near}): truth`,
      'draws',
      'draws − truth',
      `Within ${reach}: truth`,
      'draws',
      'draws − truth',
      'Same object: draw and truth',
      'two draws',
      'difference',
    ),
    rows: particles.map((each) => ({
      label: spec.particles[each.particle]!.label,
      origin: 'model',
      cells: [each.near, each.within, each.agreement].flatMap(shares),
    })),
    notes: [
      'On an object, within: share of particles whose nearest object is nearer than this in η and φ.',
      'Same object: how often a draw has the nearest object that the truth has, and that another draw of its event ' +
        'has. They are equal for the right posterior. More between two draws: the model is too sure.',
    ],
  };
}

/** How often two particles lie on one object; no table where none may. */
export function pairTable(spec: EventSpec, { pairs }: FoundObjects): Table[] {
  if (pairs.length === 0) return [];
  return [
    {
      title: 'Two particles on one object',
      heading: 'Particles',
      columns: modelColumns('Truth', 'Draws', 'Draws − truth'),
      rows: pairs.map((pair) => ({ label: pairName(spec, pair), origin: 'model', cells: shares(pair.same) })),
      notes: ['Share of events, and of draws, in which both have the same nearest object within its reach.'],
    },
  ];
}

/** E.g. `Hadronic q₁ and Hadronic q₂`. */
export function pairName({ particles }: EventSpec, { particles: [first, second] }: PairObjects): string {
  return `${particles[first]!.label} and ${particles[second]!.label}`;
}

function shares({ truth, draws, difference }: PairedMeans): string[] {
  return [percentText(truth), percentText(draws), withError(difference.value, difference.error)];
}
