import type { ObservedEvent, ObservedObject } from '@unfold-zoo/data';
import type { DetectorObject, ObjectPlace } from './event-view.js';

/** The numbers of an object that may be changed. */
export type Change = Readonly<Partial<Record<'pt' | 'eta' | 'phi', number>>>;

/** Least transverse momentum that an object is changed to, GeV. */
const LEAST_PT = 1;

/** An event in which one object has other numbers; what is not a column of it stays as it is. */
export function changeEvent(
  event: ObservedEvent,
  { group, index, columns }: ObjectPlace,
  change: Change,
): ObservedEvent {
  const known = Object.entries(change).flatMap(([quantity, value]): [string, number][] => {
    const column = columns[quantity as keyof Change];
    if (column === undefined || !Number.isFinite(value)) return [];
    return [[column, quantity === 'pt' ? Math.max(value, LEAST_PT) : value]];
  });
  const changed = (object: ObservedObject): ObservedObject => ({ ...object, ...Object.fromEntries(known) });
  const objects = event[group]!;
  const isList = (each: typeof objects): each is readonly ObservedObject[] => Array.isArray(each);
  const next = isList(objects) ? objects.map((each, i) => (i === index ? changed(each) : each)) : changed(objects);
  return { ...event, [group]: next };
}

/** The objects of an event with the numbers that they have in another one, of the same objects. */
export function changedObjects(objects: readonly DetectorObject[], event: ObservedEvent): DetectorObject[] {
  return objects.map((object) => {
    if (!object.place) return object;
    const { group, index, columns } = object.place;
    const found = [event[group]!].flat()[index ?? 0] as ObservedObject;
    const numbers = Object.entries(columns).map(([quantity, column]) => [quantity, found[column]] as const);
    return { ...object, ...Object.fromEntries(numbers) };
  });
}
