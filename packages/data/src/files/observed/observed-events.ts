import { type HostEvents, UserError } from '@unfold-zoo/core';
import { checkHostEvents } from '@unfold-zoo/core/events';
import { z } from 'zod';
import { eventSpec, type Topology } from '../../topology/topology.js';
import { checkEvents, type RefuseEvent } from '../check-events.js';
import { onlyClassDataset } from '../columns/object-classes.js';
import { type GroupLayout, groupLayouts } from '../event-layout.js';
import { type Column, encodeEvents, LENGTHS, type RawEvents } from '../raw-events.js';

/**
 * One detector object by the names of its columns, in GeV and radians: `{ pt: 51.2, eta: 0.3, phi: -2.1, mass: 8.4,
 * btag: 1 }`.
 */
export type ObservedObject = Readonly<Record<string, number>>;

/**
 * What the detector saw of one event, by the topology's groups: a list where it may hold several objects, else the one.
 * E.g. `{ jets: [{ pt, eta, phi, mass, btag }], lepton: { pt, eta, phi, mass, is_electron }, met: { met, phi } }`.
 */
export type ObservedEvent = Readonly<Record<string, ObservedObject | readonly ObservedObject[]>>;

/** The schema of an observed event of a topology; `z.toJSONSchema` makes one for other tools of it. */
export function observedEventSchema(topology: Topology): z.ZodType<ObservedEvent> {
  const groups = [...groupLayouts(topology)].map(([name, layout]) => [name, groupSchema(topology, name, layout)]);
  return z.strictObject(Object.fromEntries(groups)) as unknown as z.ZodType<ObservedEvent>;
}

function groupSchema(topology: Topology, group: string, { capacity, columns }: GroupLayout): z.ZodType {
  const fields = columns.map((column) => [column, columnSchema(topology, group, column)]);
  const object = z.strictObject(Object.fromEntries(fields));
  return capacity === undefined ? object : z.array(object).max(capacity);
}

/** A number, or where it alone says the class of an object, one of the classes' values. */
function columnSchema(topology: Topology, group: string, column: string): z.ZodType {
  const rules = Object.values(topology.inputs).flatMap(({ groups }) => groups.filter(({ name }) => name === group));
  const values = rules.flatMap(({ classes }) =>
    classes.flatMap((each) => (each.dataset === column ? [each.value!] : [])),
  );
  const decides = rules.every((group) => onlyClassDataset(group) === column);
  return decides && values.length > 0 ? z.literal([...new Set(values)]) : finite;
}

// Files hold single precision.
const finite = z.number().refine((value) => Number.isFinite(Math.fround(value)), 'expected at most 3.4e38');

/**
 * Observed events as models take them, of unknown truth: the same numbers that the same events in a file would give,
 * and checked as those are.
 * @throws UserError that lists everything that is wrong, e.g. `invalid jets[2].pt of event 0: expected number, received
 * NaN`.
 */
export function encodeObservedEvents(topology: Topology, events: readonly unknown[]): HostEvents {
  if (events.length === 0) throw new UserError('missing events: expected at least one');
  const schema = observedEventSchema(topology);
  const problems: string[] = [];
  const checked = events.flatMap((event, i) => {
    const { data, error } = schema.safeParse(event);
    problems.push(...(error?.issues ?? []).map((issue) => problem(issue, i)));
    return data ? [data] : [];
  });
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  const raw = rawEvents(topology, checked);
  checkEvents(topology, raw, refuseInMemory(topology));
  const encoded = encodeEvents(topology, raw);
  checkHostEvents(eventSpec(topology), encoded, { name: 'those in memory', first: 0 });
  return encoded;
}

/** Refuses by the place in an event, e.g. `jets[2].pt of event 0`. */
function refuseInMemory(topology: Topology): RefuseEvent {
  return ({ place, path, event, detail }) => {
    if (!place) throw new UserError(`invalid ${path} of event ${event}: ${detail}`);
    const isSet = groupLayouts(topology).get(place.group)?.capacity !== undefined;
    const object = isSet ? `${place.group}[${place.object}]` : place.group;
    throw new UserError(`invalid ${object}.${place.column} of event ${event}: ${detail}`);
  };
}

function problem({ path, message }: z.core.$ZodIssue, event: number): string {
  const detail = message.replace(/^Invalid \w+: /, '');
  const place = path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
  return place === '' ? `invalid event ${event}: ${detail}` : `invalid ${place} of event ${event}: ${detail}`;
}

function rawEvents(topology: Topology, events: readonly ObservedEvent[]): RawEvents {
  const groups = [...groupLayouts(topology)].map(([name, layout]) => [name, groupColumns(name, layout, events)]);
  return {
    size: events.length,
    groups: Object.fromEntries(groups) as RawEvents['groups'],
  };
}

// Single precision, as files hold them, so that both give the same draws.
function groupColumns(group: string, { capacity, columns }: GroupLayout, events: readonly ObservedEvent[]) {
  const slots = capacity ?? 1;
  const objects = events.map((event) => [event[group]!].flat() as readonly ObservedObject[]);
  const filled = columns.map((column): [string, Column] => {
    const values = new Float32Array(events.length * slots);
    for (const [event, list] of objects.entries())
      for (const [i, object] of list.entries()) values[event * slots + i] = object[column]!;
    return [column, values];
  });
  const lengths: [string, Column][] =
    capacity === undefined ? [] : [[LENGTHS, Uint16Array.from(objects, (list) => list.length)]];
  return Object.fromEntries([...filled, ...lengths]);
}
