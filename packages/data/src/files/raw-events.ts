import type { HostEvents } from '@unfold-zoo/core';
import { type HostObjects, type KinematicQuantity, QUANTITIES } from '@unfold-zoo/core/events';
import {
  type FeatureRule,
  type GroupRule,
  type InputRule,
  inputCapacity,
  type Topology,
} from '../topology/topology.js';
import { classPlaces } from './columns/object-classes.js';

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
  /** Row-major [n, particles, 5]: mass, energy, px, py, pz; absent where the truth is not known. */
  readonly momenta?: Float32Array;
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

/** Events as models take them whose truth is known. */
export type SimulatedEvents = HostEvents & { readonly partons: Float32Array };

/** What raw events have whose truth is known. */
type Momenta = { readonly momenta: Float32Array };

/**
 * Detector and truth as models take them: ln E for E, and the features that the topology names. Arithmetic in float64.
 * A log-scaled mass that rounding has made negative counts as 0.
 */
export function encodeEvents(topology: Topology, raw: RawEvents & Momenta): SimulatedEvents;
export function encodeEvents(topology: Topology, raw: RawEvents): HostEvents;
export function encodeEvents(topology: Topology, raw: RawEvents): HostEvents {
  const inputs: Record<string, HostObjects> = {};
  for (const [name, rule] of Object.entries(topology.inputs)) inputs[name] = encodeInput(rule, raw);
  return {
    size: raw.size,
    inputs,
    ...(raw.momenta && { partons: encodePartons(raw.momenta) }),
    ...(raw.weights && { weights: raw.weights }),
  };
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
    const objects = new GroupObjects(group, raw);
    const slots = objects.events.map((event) => event * capacity + filled[event]!++);
    for (const slot of slots) mask[slot] = 1;
    for (const [f, feature] of rule.features.entries()) {
      const values = featureOf(objects, feature);
      const least = feature.quantity === 'mass' && feature.scaling === 'log' ? 0 : Number.NEGATIVE_INFINITY;
      for (let i = 0; i < slots.length; i++) features[slots[i]! * width + f] = values[i]! < least ? least : values[i]!;
    }
  }
  return { features, mask };
}

/** The objects of one group in a block of events, without padding. */
class GroupObjects {
  readonly group: GroupRule;
  /** [objects] the event each belongs to. */
  readonly events: Int32Array;
  readonly #entries: Int32Array;
  readonly #columns: Readonly<Record<string, Column>>;
  readonly #read = new Map<string | number, Float64Array>();

  constructor(group: GroupRule, raw: RawEvents) {
    this.group = group;
    this.#columns = raw.groups[group.name]!;
    const lengths = group.capacity === undefined ? new Uint8Array(raw.size).fill(1) : this.#columns[LENGTHS]!;
    const objects = Float64Array.from(lengths as ArrayLike<number>, Number).reduce((sum, length) => sum + length, 0);
    this.events = new Int32Array(objects);
    this.#entries = new Int32Array(objects);
    let filled = 0;
    for (let event = 0; event < raw.size; event++) {
      for (let i = 0; i < Number(lengths[event]); i++) {
        this.events[filled] = event;
        this.#entries[filled++] = event * (group.capacity ?? 1) + i;
      }
    }
  }

  /** [objects] the values of a dataset, or of a number that all share. */
  column(source: string | number): Float64Array {
    const known = this.#read.get(source);
    if (known) return known;
    const values = new Float64Array(this.#entries.length);
    if (typeof source === 'number') values.fill(source);
    else {
      const column = this.#columns[source]!;
      for (let i = 0; i < values.length; i++) values[i] = Number(column[this.#entries[i]!]);
    }
    this.#read.set(source, values);
    return values;
  }

  /** [objects] place of the class of each in the list of the group. */
  classes(): Float64Array {
    return classPlaces(this.group, this.events.length, (dataset) => this.column(dataset));
  }

  /** [objects] */
  momentum(component: keyof GroupRule['momentum']): Float64Array {
    return this.column(this.group.momentum[component]!);
  }
}

function featureOf(objects: GroupObjects, feature: FeatureRule): Float64Array {
  if (feature.quantity !== undefined) return quantity(objects, feature.quantity);
  if (feature.dataset !== undefined) return objects.column(feature.dataset);
  const classes = objects.group.classes;
  if (!classes.some(({ name }) => name === feature.class)) return objects.column(0);
  return objects.classes().map((place) => (classes[place]?.name === feature.class ? 1 : 0));
}

function quantity(objects: GroupObjects, name: KinematicQuantity): Float64Array {
  switch (name) {
    case 'mass':
    case 'pt':
    case 'eta':
    case 'phi':
      return objects.momentum(name);
    case 'energy': {
      const [mass, eta] = [objects.momentum('mass'), objects.momentum('eta')];
      return objects.momentum('pt').map((pt, i) => Math.sqrt(mass[i]! ** 2 + (pt * Math.cosh(eta[i]!)) ** 2));
    }
    case 'px': {
      const phi = objects.momentum('phi');
      return objects.momentum('pt').map((pt, i) => pt * Math.cos(phi[i]!));
    }
    case 'py': {
      const phi = objects.momentum('phi');
      return objects.momentum('pt').map((pt, i) => pt * Math.sin(phi[i]!));
    }
    case 'pz': {
      const eta = objects.momentum('eta');
      return objects.momentum('pt').map((pt, i) => pt * Math.sinh(eta[i]!));
    }
  }
}
