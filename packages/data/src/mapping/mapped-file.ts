import { UserError } from '@unfold-zoo/core';
import type { CarriedColumns } from '@unfold-zoo/core/events';
import { checkEvents, type RefuseEvent } from '../files/check-events.js';
import { eventColumn } from '../files/columns/event-column.js';
import { groupLayouts } from '../files/event-layout.js';
import { type EventFileOptions, NoEvents, type OpenEvents } from '../files/open-events.js';
import type { RawEvents } from '../files/raw-events.js';
import { joinBlocks, pickRows } from '../tables/column-blocks.js';
import type { ColumnBlock, TableColumn, TableFile } from '../tables/table-file.js';
import { columnsByName, nearColumns } from '../tables/table-mistakes.js';
import type { Topology } from '../topology/topology.js';
import { METADATA } from '../writing/metadata.js';
import { type CompiledMapping, compileMapping } from './compile-mapping.js';
import { type ColumnRows, columnRows } from './language/column-value.js';
import { readGroup } from './map-groups.js';
import type { Mapping } from './mapping-schema.js';

/** Rows that are read at once, also where few of them are taken. */
const MOST_ROWS = 16_384;

/** Events of a file of columns, by a mapping. Only the rows asked for are held, beside the list of those taken. */
export class MappedFile implements OpenEvents {
  readonly hasTruth: boolean;
  readonly declaresUnits = { truth: false, detector: false };
  readonly weights: string | undefined;
  readonly notes: readonly string[];
  readonly #table: TableFile;
  readonly #topology: Topology;
  readonly #mapping: CompiledMapping;
  readonly #rows: number;
  /** Rows of the events that are taken; undefined for all. */
  readonly #taken: Float64Array | undefined;

  private constructor(table: TableFile, topology: Topology, mapping: CompiledMapping, scan: Scan) {
    this.#table = table;
    this.#topology = topology;
    this.#mapping = mapping;
    this.#rows = mapping.rows;
    this.#taken = scan.taken;
    this.hasTruth = mapping.particles !== undefined;
    this.weights = mapping.weight?.text;
    this.notes = [...(table.notes ?? []), ...scan.notes];
  }

  /**
   * Finds the columns of a mapping in a file, which it then owns.
   * @param mapping that of this package's own layout unless given.
   * @throws UserError that lists all that is missing or wrong; for a file without events.
   */
  static async open(
    table: TableFile,
    topology: Topology,
    mapping: Mapping | undefined,
    options: EventFileOptions = {},
  ): Promise<MappedFile> {
    try {
      const compiled = compileMapping(table, topology, mapping, options);
      const scan = await scanFile(table, compiled);
      const size = scan.taken?.length ?? compiled.rows;
      if (size > 0) return new MappedFile(table, topology, compiled, scan);
      const selected = compiled.select ? `; none of ${compiled.rows} has ${compiled.select.text}` : '';
      throw new NoEvents(table.path, selected);
    } catch (error) {
      await table.close();
      throw error;
    }
  }

  get path(): string {
    return this.#table.path;
  }

  get size(): number {
    return this.#taken?.length ?? this.#rows;
  }

  get rows(): number {
    return this.#rows;
  }

  get unused(): readonly string[] {
    const used = new Set([...this.#mapping.used, ...this.#mapping.usedBySelect]);
    const isAttributes = (name: string) => this.#table.metadata !== undefined && name === METADATA;
    return this.#table.columns.map(({ name }) => name).filter((name) => !used.has(name) && !isAttributes(name));
  }

  get chunkRows(): number {
    return this.#table.blockRows;
  }

  close(): Promise<void> {
    return this.#table.close();
  }

  /** Events `start` to `start + count` of those that are taken. @throws UserError for what makes no sense. */
  async read(start: number, count: number): Promise<RawEvents> {
    const { particles, weight, groups, used } = this.#mapping;
    const name = (event: number): string => `event ${this.#rowOf(start + event)} of ${this.path}`;
    const raw = await this.#withRows(start, count, used, (rows): RawEvents => {
      const read = groups.map((group) => [group.name, readGroup(group, rows, name).columns]);
      return {
        size: count,
        groups: Object.fromEntries(read) as RawEvents['groups'],
        ...(particles && { momenta: particles.read(rows, name) }),
        ...(weight && { weights: Float32Array.from(weight.evaluate(rows).values) }),
      };
    });
    checkEvents(this.#topology, raw, this.#refuse(name));
    return raw;
  }

  /** The weights of events `start` to `start + count`; undefined if they have none. */
  async readWeights(start: number, count: number): Promise<Float32Array | undefined> {
    const { weight, usedByWeight } = this.#mapping;
    if (!weight) return undefined;
    return this.#withRows(start, count, usedByWeight, (rows) => Float32Array.from(weight.evaluate(rows).values));
  }

  async readColumns(columns: readonly string[], start: number, count: number): Promise<CarriedColumns> {
    const found = columns.map((name) => this.#eventColumn(name));
    const blocks = await this.#readBlocks(start, count, columns);
    const read = found.map(({ name, type }) => {
      return [name, eventColumn(blocks.get(name)!.values, type, `${name} in ${this.path}`)];
    });
    return Object.fromEntries(read) as CarriedColumns;
  }

  /** A column with one number for each event. */
  #eventColumn(name: string): TableColumn {
    const columns = columnsByName(this.#table);
    const column = columns.get(name);
    if (!column) throw new UserError(`missing ${name} in ${this.path}${nearColumns(name, [...columns.keys()])}`);
    const { problem, shape, length } = column;
    const isPlain = shape.every((axis) => axis === 1) && length === this.#rows;
    const detail = problem ?? (isPlain ? undefined : 'expected one number for each event');
    if (detail !== undefined) throw new UserError(`invalid ${name} in ${this.path}: ${detail}`);
    return column;
  }

  #rowOf(event: number): number {
    return this.#taken ? this.#taken[event]! : event;
  }

  /** @param copied copies what it needs of the rows: their memory is used again. */
  async #withRows<Copied>(
    start: number,
    count: number,
    used: readonly string[],
    copied: (rows: ColumnRows) => Copied,
  ): Promise<Copied> {
    const blocks = await this.#readBlocks(start, count, used);
    try {
      return copied(columnRows(count, columnsByName(this.#table), blocks));
    } finally {
      giveBack(this.#table, blocks.values());
    }
  }

  #readBlocks(start: number, count: number, columns: readonly string[]): Promise<ReadonlyMap<string, ColumnBlock>> {
    return this.#taken
      ? readTaken(this.#table, columns, this.#taken.subarray(start, start + count))
      : this.#table.read(columns, start, count);
  }

  /** Refuses by the topology's name of the number and the expression that it comes from. */
  #refuse(name: (event: number) => string): RefuseEvent {
    return ({ place, path, event, detail }) => {
      if (!place) throw new UserError(`invalid ${path.replace(/^\/partons\//, '')}: ${name(event)} has ${detail}`);
      const { group, column, object } = place;
      const of = this.#mapping.groups.find((each) => each.name === group)?.sources[0]?.columns[column]?.text;
      const isSet = groupLayouts(this.#topology).get(group)?.capacity !== undefined;
      const where = `${group}${isSet ? `[${object}]` : ''}.${column}${of && of !== column ? ` (${of})` : ''}`;
      throw new UserError(`invalid ${where}: ${name(event)} has ${detail}`);
    };
  }
}

/** Rows of a file that stand in several places, in ascending order. */
async function readTaken(
  table: TableFile,
  used: readonly string[],
  taken: Float64Array,
): Promise<ReadonlyMap<string, ColumnBlock>> {
  const parts = new Map<string, ColumnBlock[]>(used.map((name) => [name, []]));
  for (let done = 0; done < taken.length; ) {
    const first = taken[done]!;
    let end = done;
    while (end < taken.length && taken[end]! < first + MOST_ROWS) end++;
    const span = taken[end - 1]! - first + 1;
    const rows = taken.subarray(done, end).map((row) => row - first);
    const blocks = await table.read(used, first, span);
    for (const [name, block] of blocks) {
      const picked = pickRows(block, span, rows);
      parts.get(name)!.push(picked);
      if (picked !== block) giveBack(table, [block]);
    }
    done = end;
  }
  return new Map(
    [...parts].map(([name, each]) => {
      const joined = joinBlocks(each);
      giveBack(
        table,
        each.filter((part) => part !== joined),
      );
      return [name, joined];
    }),
  );
}

function giveBack(table: TableFile, blocks: Iterable<ColumnBlock>): void {
  for (const block of blocks) table.giveBack?.(block);
}

/** What has to be known of all rows before any is used. */
interface Scan {
  readonly taken?: Float64Array;
  readonly notes: readonly string[];
}

/** Finds the events that are taken, and counts the objects that are dropped, if the mapping asks for either. */
async function scanFile(table: TableFile, mapping: CompiledMapping): Promise<Scan> {
  const { select, groups, rows, usedBySelect, usedByGroups } = mapping;
  const dropping = groups.filter(({ overflow }) => overflow === 'drop');
  if (!select && dropping.length === 0) return { notes: [] };
  const used = dropping.length > 0 ? [...new Set([...usedBySelect, ...usedByGroups])] : usedBySelect;
  const columns = columnsByName(table);
  const taken: number[] = [];
  const dropped = dropping.map(() => ({ objects: 0, events: 0 }));
  for (let start = 0; start < rows; start += MOST_ROWS) {
    const count = Math.min(MOST_ROWS, rows - start);
    const blocks = await table.read(used, start, count);
    const passes = select?.evaluate(columnRows(count, columns, blocks)).values;
    const kept = Float64Array.from({ length: count }, (_, row) => row).filter((row) => passes?.[row] !== 0);
    for (const row of kept) taken.push(start + row);
    const picked = new Map(used.map((name) => [name, pickRows(blocks.get(name)!, count, kept)]));
    const keptRows = columnRows(kept.length, columns, picked);
    for (const [i, group] of dropping.entries()) {
      const found = readGroup(group, keptRows, (event) => `event ${start + kept[event]!} of ${table.path}`).dropped;
      for (const objects of found) {
        dropped[i]!.objects += objects;
        dropped[i]!.events += objects > 0 ? 1 : 0;
      }
    }
    giveBack(table, blocks.values());
  }
  const notes = dropping.flatMap(({ name, layout }, i) => {
    const { objects, events } = dropped[i]!;
    if (objects === 0) return [];
    return [
      `${objects} ${name} of ${events} events of ${table.path} are dropped: each has room for ${layout.capacity ?? 1}`,
    ];
  });
  return { ...(select && { taken: Float64Array.from(taken) }), notes };
}
