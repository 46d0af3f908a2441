import { NUMBER_FUNCTIONS } from '@unfold-zoo/core/expressions';
import { type ColumnValue, mapLists, reduceLists } from './column-value.js';

/** A function of numbers, entry by entry. */
export interface EntryFunction {
  readonly name: string;
  readonly description: string;
  /** How many numbers it takes; `atLeast` of them where it takes any number more. */
  readonly parameters: number;
  readonly repeats?: boolean;
  compute(...numbers: number[]): number;
}

/** A function of the list that each event has. */
export interface ListFunction {
  readonly name: string;
  readonly description: string;
  readonly gives: 'number' | 'condition' | 'list';
  /** @param isCondition whether the list is one of conditions. */
  apply(list: ColumnValue, isCondition: boolean): ColumnValue;
}

/** Functions of numbers; of a list, each of its entries. */
export const ENTRY_FUNCTIONS: ReadonlyMap<string, EntryFunction> = byName([
  ...NUMBER_FUNCTIONS.map((each): EntryFunction => ({ ...each, parameters: 1 })),
  of('min', 'the smallest', 2, Math.min, true),
  of('max', 'the largest', 2, Math.max, true),
  of('bit', 'whether bit n, from 0, of a whole number is set: bit(GenPart_statusFlags, 13)', 2, bit),
  of('if', 'the second where the first is not 0, else the third', 3, (condition, a, b) => (condition !== 0 ? a : b)),
  of('px', 'pt cos(phi), of pt and phi', 2, (pt, phi) => pt * Math.cos(phi)),
  of('py', 'pt sin(phi), of pt and phi', 2, (pt, phi) => pt * Math.sin(phi)),
  of('pz', 'pt sinh(eta), of pt and eta', 2, (pt, eta) => pt * Math.sinh(eta)),
  of('pt', 'transverse momentum, of px and py', 2, (px, py) => Math.sqrt(px * px + py * py)),
  of('phi', 'azimuth, rad, of px and py', 2, (px, py) => Math.atan2(py, px)),
  of('eta', 'pseudorapidity, of px, py and pz', 3, (px, py, pz) => Math.asinh(pz / Math.sqrt(px * px + py * py))),
  of('energy', 'energy, of pt, eta and mass', 3, (pt, eta, mass) => Math.sqrt(mass ** 2 + (pt * Math.cosh(eta)) ** 2)),
  of('mass', 'mass, of energy, pt and eta; negative where E < |p|', 3, massOf),
]);

/** Functions of the list that each event has. */
export const LIST_FUNCTIONS: ReadonlyMap<string, ListFunction> = byName<ListFunction>([
  {
    name: 'count',
    description: 'how many entries a list has; of a list of conditions, how many are true',
    gives: 'number',
    apply: (list, isCondition) =>
      isCondition ? sumOf(list) : { values: Float64Array.from(list.counts!), components: 1 },
  },
  { name: 'sum', description: 'the sum of a list', gives: 'number', apply: sumOf },
  {
    name: 'any',
    description: 'whether any condition of a list is true',
    gives: 'condition',
    apply: (list) => reduceLists(list, (entries) => Number(entries.some((entry) => entry !== 0))),
  },
  {
    name: 'all',
    description: 'whether all conditions of a list are true',
    gives: 'condition',
    apply: (list) => reduceLists(list, (entries) => Number(entries.every((entry) => entry !== 0))),
  },
  {
    name: 'position',
    description: 'the place of each entry in the list of its event, from 0',
    gives: 'list',
    apply: (list) =>
      mapLists({ ...list, components: 1, values: new Float64Array(total(list)) }, (e) => e.map((_, i) => i)),
  },
]);

function of(
  name: string,
  description: string,
  parameters: number,
  compute: (...numbers: number[]) => number,
  repeats = false,
): EntryFunction {
  return { name, description, parameters, compute, repeats };
}

function byName<Each extends { readonly name: string }>(list: readonly Each[]): ReadonlyMap<string, Each> {
  return new Map(list.map((each) => [each.name, each]));
}

function bit(flags: number, place: number): number {
  if ((flags | 0) === flags && (place | 0) === place && place >= 0 && place < 32) return (flags >> place) & 1;
  return Math.floor(flags / 2 ** place) % 2 === 0 ? 0 : 1;
}

function massOf(energy: number, pt: number, eta: number): number {
  const squared = energy ** 2 - (pt * Math.cosh(eta)) ** 2;
  return Math.sign(squared) * Math.sqrt(Math.abs(squared));
}

function sumOf(list: ColumnValue): ColumnValue {
  return reduceLists(list, (entries) => entries.reduce((sum, entry) => sum + entry, 0));
}

function total({ counts }: ColumnValue): number {
  return counts!.reduce((sum, count) => sum + count, 0);
}
