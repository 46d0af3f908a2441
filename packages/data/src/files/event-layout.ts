import type { GroupRule, InputRule, Topology } from '../topology/topology.js';
import { MOMENTUM_COMPONENTS } from './raw-events.js';

/** Where an event file holds its truth: (N, particles, 5) float32; mass, energy, px, py, pz in GeV. */
export const MOMENTA = '/partons/momenta';

/** Where an event file holds its weights, (N), if it has any. */
export const WEIGHT = '/event/weight';

/** The path of a column of the detector, e.g. `/detector/jets/pt`. */
export function columnPath(group: string, column: string): string {
  return `/detector/${group}/${column}`;
}

/**
 * The column of one number of a particle in formats whose columns have no axes for it: `partons/hadronic_top/px` of
 * `/partons/momenta`.
 */
export function momentumColumn(momenta: string, particle: string, component: string): string {
  return `${momenta.slice(1, momenta.lastIndexOf('/'))}/${particle}/${component}`;
}

/** What a topology needs of one group below /detector. */
export interface GroupLayout {
  /** Most objects of an event; absent for a group with one object in every event. */
  readonly capacity?: number;
  readonly columns: readonly string[];
}

/** What a topology needs of each group below /detector. */
export function groupLayouts(topology: Topology): ReadonlyMap<string, GroupLayout> {
  const layouts = new Map<string, GroupLayout>();
  for (const input of Object.values(topology.inputs)) {
    for (const group of input.groups) {
      const columns = [...(layouts.get(group.name)?.columns ?? []), ...columnsOf(input, group)];
      const unique = [...new Set(columns)];
      const { capacity } = group;
      layouts.set(group.name, capacity === undefined ? { columns: unique } : { capacity, columns: unique });
    }
  }
  return layouts;
}

function columnsOf({ features }: InputRule, { momentum, classes }: GroupRule): string[] {
  const sources = [
    ...Object.values(momentum),
    ...classes.map(({ dataset }) => dataset),
    ...features.map(({ dataset }) => dataset),
  ];
  return sources.filter((source) => typeof source === 'string');
}

/** Shape of a row of the truth. */
export function momentaRow(topology: Topology): [particles: number, components: number] {
  return [topology.particles.length, MOMENTUM_COMPONENTS.length];
}
