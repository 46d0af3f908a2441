import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import type { InputSpec } from '@unfold-zoo/core/events';
import { type ObjectMomenta, objectMomenta } from './object-momenta.js';
import type { Scope, ScopeEntry } from './scope.js';
import { eachEvent, type MomentumValue, type ObjectsValue } from './values/values.js';

/** Features of an object by name. */
type IsOfKind = (feature: (name: string) => number) => boolean;

/**
 * What the detector measured as names of expressions:
 * - every input of the topology: a list of objects, or one object where an event has at most one;
 * - every class of objects, e.g. `b_jet`: a list of those objects;
 * - where an input has classes of charged leptons: `leptons`, `lepton`, the first of them, and `jets`, the others.
 *
 * Lists are sorted by pT, the largest first. An object that an event has not is NaN, and so is what is computed of it.
 * Names of inputs go before those of classes, and these before `leptons`, `lepton` and `jets`.
 */
export function detectorScope(spec: EventSpec): Scope {
  const inputs = Object.entries(spec.inputs);
  const entries = [
    ...inputs.flatMap(([name, input]) => leptonEntries(name, input)),
    ...inputs.flatMap(([name, input]) => classEntries(name, input)),
    ...inputs.map(([name, input]): [string, ScopeEntry] => [name, inputEntry(name, input)]),
  ];
  return { title: 'objects of the detector', entries: new Map(entries) };
}

function inputEntry(name: string, input: InputSpec): ScopeEntry {
  return input.capacity === 1 ? firstEntry(name, input, () => true) : listEntry(name, input, () => true);
}

function classEntries(name: string, input: InputSpec): [string, ScopeEntry][] {
  return classesOf(input).map((each) => [each.name, listEntry(name, input, (feature) => feature(each.name) === 1)]);
}

function leptonEntries(name: string, input: InputSpec): [string, ScopeEntry][] {
  const leptons = classesOf(input).filter(({ lepton }) => lepton);
  if (leptons.length === 0) return [];
  const isLepton: IsOfKind = (feature) => leptons.some((each) => feature(each.name) === 1);
  return [
    ['leptons', listEntry(name, input, isLepton)],
    ['lepton', firstEntry(name, input, isLepton)],
    ['jets', listEntry(name, input, (feature) => !isLepton(feature))],
  ];
}

/** The one-hot classes of an input: its features that are not scaled. */
function classesOf({ features }: InputSpec): InputSpec['features'] {
  return features.filter(({ scaling, unit }) => scaling === 'none' && unit === '');
}

function featureNames({ features }: InputSpec): string[] {
  return features.map(({ name }) => name);
}

function listEntry(name: string, input: InputSpec, isOfKind: IsOfKind): ScopeEntry {
  return {
    kind: 'objects',
    features: featureNames(input),
    capacity: input.capacity,
    read: (events) => objectsOf(events, name, input, isOfKind),
  };
}

function firstEntry(name: string, input: InputSpec, isOfKind: IsOfKind): ScopeEntry {
  return {
    kind: 'momentum',
    features: featureNames(input),
    read: (events) => objectsOf(events, name, input, isOfKind).element(0),
  };
}

function objectsOf(events: HostEvents, name: string, input: InputSpec, isOfKind: IsOfKind): ObjectsValue {
  const momenta = objectMomenta(input, events.inputs[name]!);
  const order = Array.from({ length: events.size }, (_, event) => slotsOf(momenta, event, isOfKind));
  return {
    kind: 'objects',
    capacity: input.capacity,
    count: Float64Array.from(order, (slots) => slots.length),
    element: (index) => elementOf(momenta, (event) => order[event]![index]),
  };
}

/** The objects of an event that are of a kind, the largest pT first. */
function slotsOf(momenta: ObjectMomenta, event: number, isOfKind: IsOfKind): number[] {
  const first = event * momenta.capacity;
  const slots: number[] = [];
  for (let slot = first; slot < first + momenta.capacity; slot++)
    if (momenta.isThere(slot) && isOfKind((name) => momenta.feature(slot, name))) slots.push(slot);
  return slots.sort((a, b) => momenta.pt(b) - momenta.pt(a));
}

function elementOf(momenta: ObjectMomenta, slotOf: (event: number) => number | undefined): MomentumValue {
  const column = (read: (slot: number) => number): Float64Array =>
    eachEvent(momenta.events, (event) => {
      const slot = slotOf(event);
      return slot === undefined ? Number.NaN : read(slot);
    });
  return {
    kind: 'momentum',
    energy: column(momenta.energy),
    px: column(momenta.px),
    py: column(momenta.py),
    pz: column(momenta.pz),
    feature: (name) => column((slot) => momenta.feature(slot, name)),
  };
}
