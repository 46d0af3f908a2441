import { UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { type GroupLayout, groupLayouts } from '../files/event-layout.js';
import { type Column, LENGTHS } from '../files/raw-events.js';
import type { Topology } from '../topology/topology.js';
import { type ColumnRows, type ColumnValue, spreadToEntries } from './language/column-value.js';
import { type ColumnExpression, type ColumnScope, tryCompile } from './language/compile.js';
import { filtered } from './language/elements.js';
import type { GroupMapping, Mapping, SourceMapping } from './mapping-schema.js';

/** A group whose expressions have been compiled. */
export interface MappedGroup {
  readonly name: string;
  readonly layout: GroupLayout;
  readonly sources: readonly MappedSource[];
  readonly sort: string | undefined;
  readonly overflow: GroupMapping['overflow'];
}

interface MappedSource {
  readonly columns: Readonly<Record<string, ColumnExpression>>;
  readonly where: ColumnExpression | undefined;
}

/** Compiles the groups of a mapping; what is wrong goes to `problems`. */
export function compileGroups(
  topology: Topology,
  groups: Mapping['groups'],
  scope: ColumnScope,
  problems: string[],
): MappedGroup[] {
  const layouts = groupLayouts(topology);
  const names = [...layouts.keys()];
  for (const name of Object.keys(groups))
    if (!layouts.has(name)) problems.push(`groups.${name}: unknown group${alternatives(name, 'groups', names)}`);
  return [...layouts].flatMap(([name, layout]) => {
    const rule = groups[name];
    if (rule) return [compileGroup(name, layout, rule, { scope, problems })];
    problems.push(`groups.${name}: missing; topology "${topology.name}" has it`);
    return [];
  });
}

interface Compiling {
  readonly scope: ColumnScope;
  readonly problems: string[];
}

function compileGroup(name: string, layout: GroupLayout, rule: GroupMapping, compiling: Compiling): MappedGroup {
  const { sort, overflow } = rule;
  if (sort !== undefined && !layout.columns.includes(sort)) {
    const detail = `unknown column "${sort}"${alternatives(sort, 'columns', layout.columns)}`;
    compiling.problems.push(`groups.${name}.sort: ${detail}`);
  }
  const sources = [rule.from].flat().map((from) => compileSource(name, layout, from, compiling));
  return { name, layout, sources, sort, overflow };
}

function compileSource(
  group: string,
  { columns: needed }: GroupLayout,
  { prefix, columns, where }: SourceMapping,
  { scope, problems }: Compiling,
): MappedSource {
  const at = `groups.${group}`;
  for (const name of Object.keys(columns))
    if (!needed.includes(name)) problems.push(`${at}.${name}: unknown column${alternatives(name, 'columns', needed)}`);
  const compiled = needed.map((name) => {
    const text = columns[name] ?? (prefix === undefined ? undefined : `\`${prefix}${name}\``);
    if (text === undefined) problems.push(`${at}.${name}: missing; the topology needs it`);
    return [name, text === undefined ? undefined : tryCompile(text, scope, `${at}.${name}`, problems)];
  });
  const condition = where === undefined ? undefined : tryCompile(where, scope, `${at}.where`, problems);
  if (condition && !condition.isCondition) problems.push(`${at}.where: expected a condition, as in Jet_pt > 25`);
  return { columns: Object.fromEntries(compiled), where: condition };
}

/** Objects of a group, event by event. */
interface GroupObjects {
  readonly counts: Int32Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/** What a group has in some events, and how many of its objects were dropped. */
export interface ReadGroup {
  readonly columns: Readonly<Record<string, Column>>;
  /** [n] objects that were more than the capacity. */
  readonly dropped: Int32Array;
}

/**
 * The columns of a group as events have them: padded, beside `lengths`.
 * @throws UserError for an event with more objects than the group holds, unless they are dropped, and for one without
 * the object that every event has.
 */
export function readGroup(group: MappedGroup, rows: ColumnRows, nameOfEvent: (event: number) => string): ReadGroup {
  const { name, layout, sort, overflow } = group;
  const objects = joined(
    group.sources.map((source) => objectsOf(source, layout.columns, rows, name)),
    layout.columns,
  );
  const slots = layout.capacity ?? 1;
  const columns = Object.fromEntries(layout.columns.map((column) => [column, new Float64Array(rows.size * slots)]));
  const lengths = new Int32Array(rows.size);
  const dropped = new Int32Array(rows.size);
  for (let event = 0, first = 0; event < rows.size; event++) {
    const count = objects.counts[event]!;
    if (count > slots && overflow === 'refuse') throw tooMany(name, nameOfEvent(event), count, slots);
    if (count === 0 && layout.capacity === undefined) throw noObject(name, nameOfEvent(event));
    const order = places(first, count, sort === undefined ? undefined : objects.columns[sort]);
    lengths[event] = Math.min(count, slots);
    dropped[event] = count - lengths[event]!;
    for (const column of layout.columns)
      for (let i = 0; i < lengths[event]!; i++)
        columns[column]![event * slots + i] = objects.columns[column]![order ? order[i]! : first + i]!;
    first += count;
  }
  return { columns: { ...columns, ...(layout.capacity !== undefined && { [LENGTHS]: lengths }) }, dropped };
}

/** Where the objects of an event stand, sorted; undefined where they stay as they are. */
function places(first: number, count: number, by: Float64Array | undefined): number[] | undefined {
  return by && Array.from({ length: count }, (_, i) => first + i).sort((a, b) => by[b]! - by[a]!);
}

function tooMany(group: string, event: string, count: number, slots: number): UserError {
  return new UserError(
    `invalid groups.${group}: ${event} has ${count} objects, the topology has room for ${slots}; select fewer by ` +
      'where, raise capacity, or say overflow: drop',
  );
}

function noObject(group: string, event: string): UserError {
  return new UserError(
    `invalid groups.${group}: ${event} has no object; take events that have one, by select, or give the group a ` +
      'capacity in the topology',
  );
}

function objectsOf(
  { columns, where }: MappedSource,
  names: readonly string[],
  rows: ColumnRows,
  group: string,
): GroupObjects {
  const values = names.map((name) => columns[name]!.evaluate(rows));
  const condition = where?.evaluate(rows);
  const counts = [...values, ...(condition ? [condition] : [])].find((each) => each.counts)?.counts;
  const ones = new Int32Array(rows.size).fill(1);
  const lists = values.map((each) => asList(each, counts ?? ones));
  const unlike = (event: number, a: number, b: number): Error =>
    new UserError(`invalid groups.${group}: its columns and its where have ${a} and ${b} entries in row ${event}`);
  const kept = condition ? lists.map((each) => filtered(each, asList(condition, counts ?? ones), unlike)) : lists;
  for (const each of kept) {
    const event = each.counts!.findIndex((count, i) => count !== kept[0]!.counts![i]);
    if (event >= 0) throw unlike(event, kept[0]!.counts![event]!, each.counts![event]!);
  }
  return { counts: kept[0]!.counts!, columns: Object.fromEntries(names.map((name, i) => [name, kept[i]!.values])) };
}

function asList(value: ColumnValue, counts: Int32Array): ColumnValue {
  return value.counts ? value : { values: spreadToEntries(value.values, counts), counts, components: 1 };
}

/** Objects of several lists, those of each event together. */
function joined(parts: readonly GroupObjects[], names: readonly string[]): GroupObjects {
  if (parts.length === 1) return parts[0]!;
  const events = parts[0]!.counts.length;
  const counts = Int32Array.from({ length: events }, (_, event) =>
    parts.reduce((sum, part) => sum + part.counts[event]!, 0),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  const columns = Object.fromEntries(names.map((name) => [name, new Float64Array(total)]));
  const read = parts.map(() => 0);
  for (let event = 0, filled = 0; event < events; event++) {
    for (const [p, part] of parts.entries()) {
      for (let i = 0; i < part.counts[event]!; i++, filled++, read[p]!++)
        for (const name of names) columns[name]![filled] = part.columns[name]![read[p]!]!;
    }
  }
  return { counts, columns };
}
