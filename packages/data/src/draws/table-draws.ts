import { UserError } from '@unfold-zoo/core';
import { parseJson } from '@unfold-zoo/core/files';
import { z } from 'zod';
import { eventColumn } from '../files/columns/event-column.js';
import { float32 } from '../files/columns/float32.js';
import { momentumColumn, WEIGHT } from '../files/event-layout.js';
import { type Column, MOMENTUM_COMPONENTS } from '../files/raw-events.js';
import type { ColumnBlock, TableColumn, TableFile } from '../tables/table-file.js';
import { columnsByName } from '../tables/table-mistakes.js';
import { carriedPath, DRAWS, type DrawFacts, INDEX, type IndexedDraws, MADE_BY, TRUTH } from './draw-layout.js';

/** What a file of draws says of itself beside its attributes. */
const metadataSchema = z.looseObject({
  particles: z.array(z.string()).min(1),
  events: z.int().min(1),
  draws: z.int().min(1),
});

/** Draws of a Parquet file or an archive of NumPy that this package wrote. */
export class TableDraws implements DrawFacts {
  readonly path: string;
  readonly events: number;
  readonly draws: number;
  readonly particles: readonly string[];
  readonly hasTruth: boolean;
  readonly hasWeights: boolean;
  readonly carried: readonly string[];
  readonly #table: TableFile;
  readonly #attributes: Readonly<Record<string, unknown>>;
  readonly #columns: ReadonlyMap<string, TableColumn>;
  readonly #needed: readonly string[];

  /** @throws UserError for a file of something else, and for one that lacks some of its columns or rows. */
  constructor(table: TableFile) {
    this.path = table.path;
    this.#table = table;
    if (table.metadata === undefined) throw new UserError(`invalid ${table.path}: it holds no draws; ${MADE_BY}`);
    const said = parseJson(table.metadata, table.path, metadataSchema, 'what unfold sample writes of its draws');
    const { events, draws, particles, components: _, units: __, ...rest } = said;
    this.#attributes = { ...rest, events, draws };
    [this.events, this.draws, this.particles] = [events, draws, particles];
    this.#columns = columnsByName(table);
    const names = [...this.#columns.keys()];
    this.hasTruth = names.some((name) => name.startsWith('truth/'));
    this.hasWeights = this.#columns.has(nameOf(WEIGHT));
    const known = [nameOf(INDEX), nameOf(WEIGHT)];
    const ofEvents = names.filter((name) => name.startsWith(OF_EVENTS) && !known.includes(name));
    this.carried = ofEvents.map((name) => name.slice(OF_EVENTS.length));
    this.#needed = [
      ...this.#momentumColumns(DRAWS),
      ...(this.hasTruth ? this.#momentumColumns(TRUTH) : []),
      ...(this.hasWeights ? [nameOf(WEIGHT)] : []),
      ...[nameOf(INDEX), ...ofEvents],
    ];
    for (const name of this.#needed) this.#check(name);
  }

  /** The columns of momenta: one, or one for each particle and component. */
  #momentumColumns(path: string): string[] {
    if (this.#columns.has(nameOf(path))) return [nameOf(path)];
    const ofParticle = (particle: string) =>
      MOMENTUM_COMPONENTS.map((component) => momentumColumn(path, particle, component));
    return this.particles.flatMap(ofParticle);
  }

  #check(name: string): void {
    const column = this.#columns.get(name);
    if (!column) throw new UserError(`missing ${name} in ${this.path}: ${MADE_BY}`);
    const { length, problem } = column;
    const detail = problem ?? (length === this.events ? undefined : `expected ${this.events} events, got ${length}`);
    if (detail !== undefined) throw new UserError(`invalid ${name} in ${this.path}: ${detail}`);
  }

  attributes(): Readonly<Record<string, unknown>> {
    return this.#attributes;
  }

  /** Events `start` to `start + count`. @throws UserError for a column with more or fewer numbers than they need. */
  async read(start: number, count: number): Promise<IndexedDraws> {
    const blocks = await this.#table.read(this.#needed, start, count);
    const values = (path: string): Column => blocks.get(nameOf(path))!.values;
    return {
      size: count,
      draws: this.#momenta(blocks, DRAWS, count * this.draws),
      ...(this.hasTruth && { truth: this.#momenta(blocks, TRUTH, count) }),
      ...(this.hasWeights && { weights: float32(values(WEIGHT)) }),
      index: Int32Array.from(values(INDEX) as ArrayLike<number>, Number),
      ...(this.carried.length > 0 && { carried: this.#carried(blocks) }),
    };
  }

  #carried(blocks: ReadonlyMap<string, ColumnBlock>): Readonly<Record<string, Column>> {
    const read = this.carried.map((name): [string, Column] => {
      const column = nameOf(carriedPath(name));
      const { type } = this.#columns.get(column)!;
      return [name, eventColumn(blocks.get(column)!.values, type, `${column} in ${this.path}`)];
    });
    return Object.fromEntries(read);
  }

  /** Momenta [count, particles, 5], of one column or of those of each particle and component. */
  #momenta(blocks: ReadonlyMap<string, ColumnBlock>, path: string, count: number): Float32Array {
    const components = MOMENTUM_COMPONENTS.length;
    const width = this.particles.length * components;
    const joined = blocks.get(nameOf(path));
    if (joined) return float32(this.#ofLength(joined, count * width, nameOf(path)));
    const momenta = new Float32Array(count * width);
    for (const [p, particle] of this.particles.entries())
      for (const [c, component] of MOMENTUM_COMPONENTS.entries()) {
        const name = momentumColumn(path, particle, component);
        const values = this.#ofLength(blocks.get(name)!, count, name);
        for (let i = 0; i < count; i++) momenta[i * width + p * components + c] = Number(values[i]);
      }
    return momenta;
  }

  #ofLength({ values }: ColumnBlock, length: number, name: string): Column {
    if (values.length === length) return values;
    throw new UserError(`invalid ${name} in ${this.path}: expected ${length} numbers of ${this.draws} draws an event`);
  }

  close(): Promise<void> {
    return this.#table.close();
  }
}

const OF_EVENTS = nameOf(carriedPath(''));

/** Of the column of a path. */
function nameOf(path: string): string {
  return path.slice(1);
}
