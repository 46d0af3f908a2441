import { type HostEvents, type HostObjects, QUANTITIES } from '@unfold-zoo/core';
import type { FeatureRule, GroupRule, InputRule, KinematicQuantity, Topology } from './topology.js';
import { inputCapacity } from './topology.js';

/** The values of one dataset. */
export type Column =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Components of a row of `momenta`. */
export const MOMENTUM_COMPONENTS = ['mass', 'energy', 'px', 'py', 'pz'] as const;

/** The dataset of a set that says how many of its entries are objects. */
export const LENGTHS = 'lengths';

/**
 * A block of events as files hold them, in GeV and radians: what generators make, and what is read and written.
 * A topology says which groups and columns it must have; `encodeEvents` turns it into what models take.
 */
export interface RawEvents {
  readonly size: number;
  /** Row-major [n, particles, 5]: mass, energy, px, py, pz. */
  readonly momenta: Float32Array;
  /**
   * Detector columns by group and name, e.g. `groups.jets.pt`. Those of a set are row-major [n, capacity], zero-padded,
   * beside `lengths` [n], its number of objects; those of a single object are [n].
   */
  readonly groups: Readonly<Record<string, Readonly<Record<string, Column>>>>;
  /** [n]; absent when all events count the same. */
  readonly weights?: Float32Array;
  /** Datasets that no model sees, by path and row-major [n, ...], e.g. `/partons/pdg_id`. */
  readonly extras?: Readonly<Record<string, Column>>;
}

/** Detector and truth as models take them: ln E for E, and the features that the topology names. Arithmetic in float64. */
export function encodeEvents(topology: Topology, raw: RawEvents): HostEvents {
  const inputs: Record<string, HostObjects> = {};
  for (const [name, rule] of Object.entries(topology.inputs)) inputs[name] = encodeInput(rule, raw);
  const events = { size: raw.size, partons: encodePartons(raw.momenta), inputs };
  return raw.weights ? { ...events, weights: raw.weights } : events;
}

const ENERGY = QUANTITIES.indexOf('logE');

function encodePartons(momenta: Float32Array): Float32Array {
  const partons = momenta.slice();
  for (let i = ENERGY; i < partons.length; i += QUANTITIES.length) partons[i] = Math.log(partons[i]!);
  return partons;
}

function encodeInput(rule: InputRule, raw: RawEvents): HostObjects {
  const capacity = inputCapacity(rule);
  const width = rule.features.length;
  const features = new Float32Array(raw.size * capacity * width);
  const mask = new Float32Array(raw.size * capacity);
  const filled = new Uint16Array(raw.size);
  for (const group of rule.groups) {
    const columns = raw.groups[group.name]!;
    const lengths = columns[LENGTHS];
    const values = rule.features.map((feature) => featureValue(feature, group, columns));
    const slots = group.capacity ?? 1;
    for (let event = 0; event < raw.size; event++) {
      const objects = group.capacity === undefined ? 1 : Number(lengths![event]);
      for (let i = 0; i < objects; i++) {
        const slot = event * capacity + filled[event]!++;
        mask[slot] = 1;
        for (let f = 0; f < width; f++) features[slot * width + f] = values[f]!(event * slots + i);
      }
    }
  }
  return { features, mask };
}

type Value = (entry: number) => number;

function featureValue(feature: FeatureRule, group: GroupRule, columns: Readonly<Record<string, Column>>): Value {
  if (feature.class !== undefined) {
    const rule = group.classes.find(({ name }) => name === feature.class);
    if (!rule) return () => 0;
    if (rule.dataset === undefined) return () => 1;
    const column = columns[rule.dataset]!;
    return (entry) => (Number(column[entry]) === rule.value ? 1 : 0);
  }
  if (feature.dataset !== undefined) return column(columns, feature.dataset);
  const component = (name: keyof GroupRule['momentum']): Value => column(columns, group.momentum[name] ?? Number.NaN);
  return quantity(feature.quantity!, component);
}

function column(columns: Readonly<Record<string, Column>>, source: string | number): Value {
  if (typeof source === 'number') return () => source;
  const values = columns[source]!;
  return (entry) => Number(values[entry]);
}

function quantity(name: KinematicQuantity, component: (name: keyof GroupRule['momentum']) => Value): Value {
  const [mass, pt, eta, phi] = [component('mass'), component('pt'), component('eta'), component('phi')];
  switch (name) {
    case 'mass':
      return mass;
    case 'pt':
      return pt;
    case 'eta':
      return eta;
    case 'phi':
      return phi;
    case 'energy':
      return (entry) => Math.sqrt(mass(entry) ** 2 + (pt(entry) * Math.cosh(eta(entry))) ** 2);
    case 'px':
      return (entry) => pt(entry) * Math.cos(phi(entry));
    case 'py':
      return (entry) => pt(entry) * Math.sin(phi(entry));
    case 'pz':
      return (entry) => pt(entry) * Math.sinh(eta(entry));
  }
}
