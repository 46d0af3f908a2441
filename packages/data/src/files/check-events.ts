import { UserError } from '@unfold-zoo/core';
import { LOG_FLOOR } from '@unfold-zoo/core/events';
import type { GroupRule, Topology } from '../topology/topology.js';
import { classPlaces, onlyClassDataset, SEVERAL_CLASSES } from './columns/object-classes.js';
import { columnPath, type GroupLayout, groupLayouts, MOMENTA } from './event-layout.js';
import { type Column, LENGTHS, MOMENTUM_COMPONENTS, type RawEvents } from './raw-events.js';

/** What is wrong with one number of one event. */
export interface EventMistake {
  /** Group below /detector and its column; absent for the truth and the weights. */
  readonly place?: { readonly group: string; readonly column: string; readonly object: number };
  /** Path of the dataset, or what else the number is called. */
  readonly path: string;
  /** In the block. */
  readonly event: number;
  /** E.g. `pt -3, expected 0 or more`. */
  readonly detail: string;
}

/** Throws a `UserError` that says where the number is. */
export type RefuseEvent = (problem: EventMistake) => never;

/** Refuses by file, dataset and event; `first` is the number of the block's first event in the file. */
export function refuseInFile(file: string, first: number): RefuseEvent {
  return ({ path, event, detail }) => {
    throw new UserError(`invalid ${path} in ${file}: event ${first + event} has ${detail}`);
  };
}

const ENERGY = MOMENTUM_COMPONENTS.indexOf('energy');
const MASS = MOMENTUM_COMPONENTS.indexOf('mass');

/** Single precision holds the square of an energy of a hundred times this, GeV: losses and limits need both. */
const MOST_ENERGY = 1e17;

/** What programs write where there is no value. No measured momentum is exactly one of these. */
const FILL_VALUES: ReadonlySet<number> = new Set([-99, -999, -9999, -99999, 99, 999, 9999, 99999]);

/** Of these, what no column at all may hold: -99 may be a measured number, e.g. of whole degrees. */
export const FILL_VALUES_OF_ANY: ReadonlySet<number> = new Set([-999, -9999, -99999]);

/**
 * Refuses events that would become nonsense: numbers that are not finite in single precision, fill values such as -999,
 * energies without a logarithm, negative transverse momenta, masses that are negative by more than rounding,
 * pseudorapidities whose energy overflows, angles that are no radians, log-scaled numbers below zero, sets with more
 * objects than they can hold, objects of no class.
 */
export function checkEvents(topology: Topology, raw: RawEvents, refuse: RefuseEvent): void {
  if (raw.momenta) checkMomenta(topology, raw.momenta, raw.size, refuse);
  if (raw.weights) {
    const event = raw.weights.findIndex((weight) => !Number.isFinite(weight));
    if (event >= 0)
      refuse({ path: 'the event weights', event, detail: `${raw.weights[event]}, expected a finite number` });
  }
  const classes = classColumns(topology);
  for (const [group, layout] of groupLayouts(topology)) checkColumns(group, layout, raw, classes, refuse);
  for (const { groups, features } of Object.values(topology.inputs)) {
    const logs = features.flatMap(({ dataset, scaling }) =>
      dataset !== undefined && scaling === 'log' ? [dataset] : [],
    );
    for (const group of groups) {
      checkClasses(group, raw, refuse);
      checkKinematics(group, raw, refuse);
      for (const column of new Set(logs)) checkLogColumn(group, column, raw, refuse);
    }
  }
}

function checkMomenta(topology: Topology, momenta: Float32Array, size: number, refuse: RefuseEvent): void {
  const components = MOMENTUM_COMPONENTS.length;
  for (let i = 0; i < momenta.length; i++) {
    const value = momenta[i]!;
    const component = i % components;
    const expected =
      component === ENERGY
        ? energyExpected(value)
        : momentumExpected(value, component, momenta[i - component + ENERGY]!);
    if (expected === undefined) continue;
    const { name } = topology.particles[Math.floor(i / components) % topology.particles.length]!;
    const event = Math.floor((i * size) / momenta.length);
    refuse({
      path: MOMENTA,
      event,
      detail: `${name} ${MOMENTUM_COMPONENTS[component]} ${value}, expected ${expected}`,
    });
  }
}

/** What an energy should be; undefined for one that is good. */
function energyExpected(value: number): string | undefined {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) return 'a positive number';
  return value <= MOST_ENERGY ? undefined : `at most ${MOST_ENERGY} GeV, whose square single precision holds`;
}

// A momentum of exactly 99 GeV can be; one that is larger than the energy cannot, nor can a mass of -99 GeV.
function momentumExpected(value: number, component: number, energy: number): string | undefined {
  if (!Number.isFinite(value)) return 'a finite number';
  // Whole, as all of these are: a set makes an object of each number that it is asked for.
  if (
    !Number.isInteger(value) ||
    !FILL_VALUES.has(value) ||
    (Math.abs(value) <= energy && !(component === MASS && value < 0))
  )
    return undefined;
  return 'a simulated number; leave out events whose truth is not complete';
}

/** Columns that say the class of an object, by group: any value may be one of theirs. */
function classColumns(topology: Topology): ReadonlySet<string> {
  const groups = Object.values(topology.inputs).flatMap((input) => input.groups);
  return new Set(groups.flatMap(({ name, classes }) => classes.map(({ dataset }) => columnPath(name, dataset ?? ''))));
}

function checkColumns(
  group: string,
  { capacity, columns }: GroupLayout,
  raw: RawEvents,
  classes: ReadonlySet<string>,
  refuse: RefuseEvent,
): void {
  const present = raw.groups[group]!;
  const slots = capacity ?? 1;
  const lengths = capacity === undefined ? undefined : present[LENGTHS]!;
  for (let event = 0; event < raw.size; event++) {
    const objects = lengths ? Number(lengths[event]) : 1;
    if (!(Number.isInteger(objects) && objects >= 0 && objects <= slots)) {
      refuse({ path: columnPath(group, LENGTHS), event, detail: `${objects}, expected 0 to ${slots}` });
    }
    for (const column of columns) {
      const values = present[column] as Column;
      for (let object = 0; object < objects; object++) {
        const value = Number(values[event * slots + object]);
        const isFill = value <= -999 && FILL_VALUES_OF_ANY.has(value) && !classes.has(columnPath(group, column));
        if (Number.isFinite(Math.fround(value)) && !isFill) continue;
        const expected = isFill ? `a measured number${cureOfMissing(group, capacity)}` : 'a finite number';
        const place = { group, column, object };
        refuse({ place, path: columnPath(group, column), event, detail: `${value}, expected ${expected}` });
      }
    }
  }
}

function cureOfMissing(group: string, capacity: number | undefined): string {
  const how = capacity === undefined ? `give ${group} a capacity in the topology, and ` : '';
  return `; for an object that is not there ${how}write lengths without it`;
}

/** Objects of a group, as `each` is told of them: event, number of the object in it, place in the columns. */
function forEachObject(
  { name, capacity }: GroupRule,
  raw: RawEvents,
  each: (event: number, object: number, entry: number) => void,
): void {
  const slots = capacity ?? 1;
  const lengths = capacity === undefined ? undefined : raw.groups[name]![LENGTHS]!;
  for (let event = 0; event < raw.size; event++) {
    const objects = lengths ? Number(lengths[event]) : 1;
    for (let object = 0; object < objects; object++) each(event, object, event * slots + object);
  }
}

/** A pseudorapidity beyond this overflows single precision for any momentum; below it most do not. */
const LARGEST_ETA = 88;
/** Below this no energy overflows that a momentum of 1e30 GeV does not. */
const USUAL_ETA = 10;
const FLOAT32_MAX = 3.4028234663852886e38;
/** Rounding beyond a full turn, which files in single precision or degrees of 0.01 show. */
const TURN = 2 * Math.PI + 0.01;

/**
 * A mass comes from E^2 - |p|^2, whose rounding in single precision is a few times 1e-7 of E^2: it may be negative by
 * this part of the momentum ...
 */
const MASS_ROUNDING = 1e-3;
/** ... but not by 1 GeV, which is a fill value. */
const MOST_MASS_ROUNDING = 1;

function checkKinematics(group: GroupRule, raw: RawEvents, refuse: RefuseEvent): void {
  const { momentum, name } = group;
  const reader = (component: keyof GroupRule['momentum']): ((entry: number) => number) | undefined => {
    const from = momentum[component];
    if (from === undefined) return undefined;
    if (typeof from === 'number') return () => from;
    const values = raw.groups[name]![from]!;
    return (entry) => Number(values[entry]);
  };
  const [mass, pt, eta, phi] = [reader('mass'), reader('pt'), reader('eta'), reader('phi')];
  if (!mass && !pt && !eta && !phi) return;
  forEachObject(group, raw, (event, object, entry) => {
    const refuseComponent = (component: keyof GroupRule['momentum'], value: number, expected: string): void => {
      const column = String(momentum[component]);
      refuse({
        place: { group: name, column, object },
        path: columnPath(name, column),
        event,
        detail: `${value}, expected ${expected}`,
      });
    };
    const [p, e, m, a] = [pt?.(entry) ?? 0, eta?.(entry) ?? 0, mass?.(entry) ?? 0, phi?.(entry) ?? 0];
    if (p < 0) refuseComponent('pt', p, `0 or more${cureOfMissing(name, group.capacity)}`);
    if (Math.abs(a) > TURN) refuseComponent('phi', a, 'radians, -2 pi to 2 pi');
    if (Math.abs(e) > LARGEST_ETA) refuseComponent('eta', e, `at most ${LARGEST_ETA}: its energy overflows`);
    const far = Math.abs(e) > USUAL_ETA || p > 1e30 || Math.abs(m) > 1e30;
    if (far && !(Math.hypot(p * Math.cosh(e), m) <= FLOAT32_MAX))
      refuseComponent('eta', e, 'one whose energy does not overflow');
    if (m < 0 && !isRounding(m, p * Math.cosh(e)))
      refuseComponent('mass', m, `0 or more; rounding may make it negative by ${MASS_ROUNDING} of the momentum`);
  });
}

function isRounding(mass: number, momentum: number): boolean {
  return mass > -Math.max(Math.min(MASS_ROUNDING * momentum, MOST_MASS_ROUNDING), LOG_FLOOR);
}

function checkLogColumn(group: GroupRule, column: string, raw: RawEvents, refuse: RefuseEvent): void {
  const values = raw.groups[group.name]![column]!;
  forEachObject(group, raw, (event, object, entry) => {
    const value = Number(values[entry]);
    if (value >= -LOG_FLOOR) return;
    const place = { group: group.name, column, object };
    const detail = `${value}, expected 0 or more: its scaling is "log"`;
    refuse({ place, path: columnPath(group.name, column), event, detail });
  });
}

function checkClasses(group: GroupRule, raw: RawEvents, refuse: RefuseEvent): void {
  const datasets = [...new Set(group.classes.flatMap(({ dataset }) => dataset ?? []))];
  const [first] = datasets;
  if (first === undefined) return;
  const columns = new Map(datasets.map((each) => [each, plainNumbers(raw.groups[group.name]![each]!)]));
  const places = classPlaces(group, columns.get(first)!.length, (dataset) => columns.get(dataset)!);
  const only = onlyClassDataset(group);
  forEachObject(group, raw, (event, object, entry) => {
    if (places[entry]! >= 0) return;
    const values = datasets.map((each) => `${each} ${columns.get(each)![entry]}`).join(', ');
    const how = places[entry] === SEVERAL_CLASSES ? 'of several classes' : 'of no class';
    const known = group.classes.flatMap(({ dataset, value }) => (dataset === undefined ? [] : [`${dataset} ${value}`]));
    const detail = only
      ? `${columns.get(only)![entry]}, expected ${group.classes.map(({ value }) => value).join(' or ')}`
      : `an object ${how} (${values}), expected exactly one of ${known.join(', ')}`;
    refuse({ place: { group: group.name, column: first, object }, path: columnPath(group.name, first), event, detail });
  });
}

function plainNumbers(column: Column): ArrayLike<number> {
  const isLong = column instanceof BigInt64Array || column instanceof BigUint64Array;
  return isLong ? Float64Array.from(column as ArrayLike<unknown>, Number) : (column as ArrayLike<number>);
}
