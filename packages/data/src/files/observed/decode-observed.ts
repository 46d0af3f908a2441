import type { HostEvents } from '@unfold-zoo/core';
import type { KinematicQuantity } from '@unfold-zoo/core/events';
import { type GroupRule, type InputRule, inputCapacity, type Topology } from '../../topology/topology.js';
import { groupLayouts } from '../event-layout.js';
import type { ObservedEvent, ObservedObject } from './observed-events.js';

/**
 * What `encodeObservedEvents` was given: the detector's objects of an event by groups and columns, from the features
 * that models see. Undefined where these do not say it: a column that no feature follows from, or an object that could
 * be of several groups.
 * @example
 * const event = decodeObservedEvent(topology, await source.read('test', 3, 1), 0);
 * event?.['lepton']; // { pt: 45.2, eta: -0.7, phi: 2.9, mass: 0.106, is_electron: 0 }
 */
export function decodeObservedEvent(topology: Topology, events: HostEvents, index: number): ObservedEvent | undefined {
  const found = new Map<string, Record<string, number>[]>();
  for (const [name, rule] of Object.entries(topology.inputs)) {
    for (const features of objectsOf(rule, events.inputs[name]!, index)) {
      const group = groupOf(rule, features);
      const object = group && columnsOf(rule, group, features);
      if (!object) return undefined;
      const { name: key } = group;
      found.set(key, [...(found.get(key) ?? []), object]);
    }
  }
  const layouts = [...groupLayouts(topology)];
  const decoded = layouts.map(
    ([name, { capacity }]): [string, ObservedObject | readonly ObservedObject[] | undefined] => {
      const objects = found.get(name) ?? [];
      return [name, capacity === undefined ? objects[0] : objects];
    },
  );
  const isWhole = decoded.every(([, objects], i) => {
    const { columns } = layouts[i]![1];
    return objects !== undefined && [objects].flat().every((each) => columns.every((column) => column in each));
  });
  return isWhole ? (Object.fromEntries(decoded) as ObservedEvent) : undefined;
}

type Named = Readonly<Record<string, number>>;

/** The features, by name, of the objects of an event. */
function objectsOf(rule: InputRule, input: HostEvents['inputs'][string], index: number): Named[] {
  const [capacity, width] = [inputCapacity(rule), rule.features.length];
  const slots = Array.from({ length: capacity }, (_, i) => index * capacity + i);
  return slots
    .filter((slot) => input.mask[slot] !== 0)
    .map((slot) => Object.fromEntries(rule.features.map(({ name }, f) => [name, input.features[slot * width + f]!])));
}

/** The one group that has the class of an object; undefined where several may. */
function groupOf(rule: InputRule, object: Named): GroupRule | undefined {
  const own = classOf(rule, object);
  const possible = rule.groups.filter(({ classes }) =>
    own === undefined ? classes.length === 0 || rule.groups.length === 1 : classes.some(({ name }) => name === own),
  );
  return possible.length === 1 ? possible[0] : undefined;
}

function classOf({ features }: InputRule, object: Named): string | undefined {
  return features.find((feature) => feature.class !== undefined && object[feature.name] === 1)?.class;
}

function columnsOf(rule: InputRule, group: GroupRule, object: Named): Record<string, number> | undefined {
  const columns: Record<string, number> = {};
  for (const component of ['mass', 'pt', 'eta', 'phi'] as const) {
    const source = group.momentum[component];
    if (typeof source !== 'string') continue;
    const value = componentOf(rule, object, component);
    if (value === undefined) return undefined;
    columns[source] = value;
  }
  for (const { dataset, name } of rule.features) if (dataset !== undefined) columns[dataset] = object[name]!;
  return addClass(columns, rule, group, object) ? columns : undefined;
}

/** Adds the column that tells the class; whether the class can be told by it. */
function addClass(columns: Record<string, number>, rule: InputRule, group: GroupRule, object: Named): boolean {
  if (group.classes.length === 0) return true;
  const own = group.classes.find(({ name }) => name === classOf(rule, object));
  if (own?.dataset === undefined || own.value === undefined) return false;
  columns[own.dataset] = own.value;
  return true;
}

/** A component of the momentum, as it is among the features or from others. */
function componentOf(rule: InputRule, object: Named, component: KinematicQuantity): number | undefined {
  const of = (quantity: KinematicQuantity): number | undefined => {
    const feature = rule.features.find((each) => each.quantity === quantity);
    return feature && object[feature.name];
  };
  const own = of(component);
  if (own !== undefined) return own;
  const [px, py, pz] = [of('px'), of('py'), of('pz')];
  if (component === 'pt' && px !== undefined && py !== undefined) return Math.hypot(px, py);
  if (component === 'phi' && px !== undefined && py !== undefined) return Math.atan2(py, px);
  const pt = of('pt') ?? (px !== undefined && py !== undefined ? Math.hypot(px, py) : undefined);
  return component === 'eta' && pz !== undefined && pt !== undefined ? Math.asinh(pz / pt) : undefined;
}
