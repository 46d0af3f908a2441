import { UserError } from '@unfold-zoo/core';
import { parseJson } from '@unfold-zoo/core/files';
import { z } from 'zod';
import { eventColumn } from '../files/columns/event-column.js';
import { float32 } from '../files/columns/float32.js';
import { WEIGHT } from '../files/event-layout.js';
import { type Column, MOMENTUM_COMPONENTS } from '../files/raw-events.js';
import type { ColumnBlock, TableFile } from '../tables/table-file.js';
import { columnsByName } from '../tables/table-mistakes.js';
import { carriedPath, DRAWS, INDEX, type IndexedDraws, TRUTH } from './draw-layout.js';

/** What a file of draws says of itself beside its attributes. */
const metadataSchema = z.looseObject({
  particles: z.array(z.string()).min(1),
  events: z.int().min(1),
  draws: z.int().min(1),
});

/** Draws of a Parquet file or an archive of NumPy that this package wrote. */
export class TableDraws {
  readonly path: string;
  readonly events: number;
  readonly draws: number;
  readonly particles: readonly string[];
  readonly hasTruth: boolean;
  readonly hasWeights: boolean;
  readonly carried: readonly string[];
  readonly #table: TableFile;
  readonly #attributes: Readonly<Record<string, unknown>>;

  /** @throws UserError for a file of something else. */
  constructor(table: TableFile) {
    this.path = table.path;
    this.#table = table;
    if (table.metadata === undefined)
      throw new UserError(`invalid ${table.path}: it holds no draws; expected a file made by unfold sample`);
    const what = 'a file made by unfold sample';
    const said = parseJson(table.metadata, table.path, metadataSchema, what);
    const { events, draws, particles, components: _, units: __, ...rest } = said;
    this.#attributes = { ...rest, events, draws };
    [this.events, this.draws, this.particles] = [events, draws, particles];
    this.hasTruth = this.#has('truth/');
    this.hasWeights = this.#has(nameOf(WEIGHT));
    const known = [nameOf(INDEX), nameOf(WEIGHT)];
    const ofEvents = table.columns.filter(({ name }) => name.startsWith(OF_EVENTS) && !known.includes(name));
    this.carried = ofEvents.map(({ name }) => name.slice(OF_EVENTS.length));
  }

  #has(beginning: string): boolean {
    return this.#table.columns.some(({ name }) => name.startsWith(beginning));
  }

  attributes(): Readonly<Record<string, unknown>> {
    return this.#attributes;
  }

  /** Events `start` to `start + count`. */
  async read(start: number, count: number): Promise<IndexedDraws> {
    const columns = this.#table.columns.filter(({ problem, name }) => !problem && /^(draws|truth|event)\//.test(name));
    const names = columns.map(({ name }) => name);
    const blocks = await this.#table.read(names, start, count);
    const momenta = (path: string, draws: number): Float32Array =>
      blocks.has(nameOf(path)) ? float32(blocks.get(nameOf(path))!.values) : this.#joined(blocks, path, count * draws);
    const types = columnsByName(this.#table);
    const carried = this.carried.map((name): [string, Column] => {
      const column = nameOf(carriedPath(name));
      return [name, eventColumn(blocks.get(column)!.values, types.get(column)!.type, `${column} in ${this.path}`)];
    });
    return {
      size: count,
      draws: momenta(DRAWS, this.draws),
      ...(this.hasTruth && { truth: momenta(TRUTH, 1) }),
      ...(this.hasWeights && { weights: float32(blocks.get(nameOf(WEIGHT))!.values) }),
      index: Int32Array.from(blocks.get(nameOf(INDEX))!.values as ArrayLike<number>, Number),
      ...(carried.length > 0 && { carried: Object.fromEntries(carried) }),
    };
  }

  /** Momenta [count, particles, 5] of columns for each particle and component. */
  #joined(blocks: ReadonlyMap<string, ColumnBlock>, path: string, count: number): Float32Array {
    const components = MOMENTUM_COMPONENTS.length;
    const width = this.particles.length * components;
    const momenta = new Float32Array(count * width);
    for (const [p, particle] of this.particles.entries())
      for (const [c, component] of MOMENTUM_COMPONENTS.entries()) {
        const { values } = blocks.get(nameOf(path).replace(/[^/]+$/, `${particle}/${component}`))!;
        for (let i = 0; i < count; i++) momenta[i * width + p * components + c] = Number(values[i]);
      }
    return momenta;
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
