import { UserError } from '@unfold-zoo/core';
import type { Topology } from '../topology/topology.js';
import { checkEvents, refuseInFile } from './check-events.js';
import { columnPath, type GroupLayout, groupLayouts, MOMENTA, momentaRow, WEIGHT } from './event-layout.js';
import { Hdf5Reader } from './hdf5-file.js';
import { type Column, LENGTHS, MOMENTUM_COMPONENTS, type RawEvents } from './raw-events.js';
import { unitFactor, unitsOfColumns } from './units.js';

/** Alternative to `lengths`: 1 for the entries of a set that are objects, which come first. */
const MASK = 'MASK';

/** How an event file is to be read. */
export interface EventFileOptions {
  /**
   * Dataset of event weights, which must be there unless the truth is not; false for none. Default: `/event/weight` if
   * the file has it.
   */
  readonly weights?: string | false | undefined;
  /** Whether the truth may be missing, as in collision data; events then have none. */
  readonly truthOptional?: boolean;
}

/**
 * An HDF5 file of events open for reading. Only the rows asked for are read and held.
 *
 * Layout: `/partons/momenta` (N, particles, 5), `/detector/<group>/<column>` (N, capacity) with `lengths` (N) or
 * `MASK` (N, capacity) for a set and (N) for a single object, `/event/weight` (N) if events have weights. An attribute
 * `units` of a dataset, or of the file for all momenta and angles, says what units its numbers are in.
 */
export class EventFile {
  readonly path: string;
  readonly size: number;
  /** Rows that the file stores together. */
  readonly chunkRows: number;
  readonly hasTruth: boolean;
  /** Whether attributes say what units the truth and the detector's columns are in. */
  readonly declaresUnits: { readonly truth: boolean; readonly detector: boolean };
  readonly #reader: Hdf5Reader;
  readonly #topology: Topology;
  readonly #layouts: ReadonlyMap<string, GroupLayout>;
  readonly #weights: string | undefined;
  /** What the numbers of a dataset are multiplied by, where that is not 1. */
  readonly #factors: ReadonlyMap<string, number>;

  private constructor(reader: Hdf5Reader, topology: Topology, options: EventFileOptions) {
    this.path = reader.path;
    this.#reader = reader;
    this.#topology = topology;
    this.#layouts = groupLayouts(topology);
    this.hasTruth = !options.truthOptional || reader.shapeOf(MOMENTA) !== undefined;
    const first = this.hasTruth ? MOMENTA : this.#firstColumn();
    this.size = this.#shape(first)[0] ?? 0;
    this.chunkRows = reader.shapeOf(first)!.chunkRows;
    this.#weights = this.#weightsOf(options);
    this.#check();
    this.#factors = this.#unitFactors();
    const declares = (path: string): boolean => this.#declaredUnits(path) !== undefined;
    const columns = [...unitsOfColumns(topology).keys()].filter((path) => path !== MOMENTA);
    this.declaresUnits = {
      truth: declares('/') || declares(MOMENTA),
      detector: declares('/') || columns.some(declares),
    };
  }

  /** Opens a file. @throws UserError for a file that cannot be opened or does not have the layout. */
  static async open(path: string, topology: Topology, options: EventFileOptions = {}): Promise<EventFile> {
    const reader = await Hdf5Reader.open(path);
    try {
      return new EventFile(reader, topology, options);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  close(): void {
    this.#reader.close();
  }

  /** The dataset of the event weights; undefined if there are none. */
  get weights(): string | undefined {
    return this.#weights;
  }

  #weightsOf({ weights }: EventFileOptions): string | undefined {
    if (weights === false) return undefined;
    const isThere = this.#reader.shapeOf(weights ?? WEIGHT) !== undefined;
    if (isThere) return weights ?? WEIGHT;
    return this.hasTruth ? weights : undefined;
  }

  #unitFactors(): ReadonlyMap<string, number> {
    const ofFile = this.#declaredUnits('/');
    const factors = [...unitsOfColumns(this.#topology)].map(([path, wanted]): [string, number] => {
      const own = this.#declaredUnits(path);
      if (own !== undefined) return [path, unitFactor({ of: `${path} in ${this.path}`, units: own }, wanted)];
      if (ofFile === undefined || !['GeV', 'rad'].includes(wanted)) return [path, 1];
      return [path, unitFactor({ of: this.path, units: ofFile, ofFile: true }, wanted)];
    });
    return new Map(factors.filter(([, factor]) => factor !== 1));
  }

  /** The attribute `units` of a dataset, or of the file, `/`. */
  #declaredUnits(path: string): unknown {
    if (path !== '/' && !this.#reader.shapeOf(path)) return undefined;
    return this.#reader.attributes(path)['units'];
  }

  #firstColumn(): string {
    const [[group, { columns }]] = [...this.#layouts] as [[string, GroupLayout]];
    return columnPath(group, columns[0]!);
  }

  #check(): void {
    if (this.hasTruth) {
      this.#expectShape(MOMENTA, momentaRow(this.#topology));
      this.#expectNames('particles', this.#topology.particles);
      this.#expectNames(
        'components',
        MOMENTUM_COMPONENTS.map((name) => ({ name })),
      );
    }
    for (const [group, { capacity, columns }] of this.#layouts) {
      for (const column of columns) this.#expectShape(columnPath(group, column), capacity ? [capacity] : []);
      if (capacity === undefined) continue;
      if (this.#reader.shapeOf(columnPath(group, LENGTHS))) this.#expectShape(columnPath(group, LENGTHS), []);
      else if (this.#reader.shapeOf(columnPath(group, MASK))) this.#expectShape(columnPath(group, MASK), [capacity]);
      else throw new UserError(`missing ${columnPath(group, LENGTHS)} in ${this.path}: ${group} needs it or ${MASK}`);
    }
    if (this.#weights) this.#expectShape(this.#weights, []);
    if (this.size === 0) throw new UserError(`invalid file: ${this.path} holds no events`);
  }

  #shape(dataset: string): readonly number[] {
    const found = this.#reader.shapeOf(dataset);
    if (found) return found.shape;
    throw new UserError(
      `missing ${dataset} in ${this.path}: topology "${this.#topology.name}" needs it; ` +
        `the file has ${this.#reader.datasets().slice(0, 5).join(', ') || 'no datasets'}, ...`,
    );
  }

  #expectShape(dataset: string, row: readonly number[]): void {
    const shape = this.#shape(dataset);
    const rows = dataset === MOMENTA ? (shape[0] ?? 0) : this.size;
    if (shape.length === row.length + 1 && [rows, ...row].every((length, i) => length === shape[i])) return;
    const expected = dataset === MOMENTA ? ['N', ...row] : [rows, ...row];
    const written = (lengths: readonly (number | string)[]): string =>
      lengths.length === 1 ? `(${lengths[0]},)` : `(${lengths.join(', ')})`;
    throw new UserError(
      `invalid ${dataset} in ${this.path}: expected shape ${written(expected)}, got ${written(shape)}`,
    );
  }

  #expectNames(attribute: string, expected: readonly { readonly name: string }[]): void {
    const names = this.#reader.attributes(MOMENTA)[attribute];
    if (!Array.isArray(names)) return;
    const wrong = expected.findIndex(({ name }, i) => name !== names[i]);
    if (wrong < 0) return;
    throw new UserError(
      `invalid ${MOMENTA} in ${this.path}: its attribute ${attribute} says "${names[wrong]}" at place ${wrong}, ` +
        `topology "${this.#topology.name}" "${expected[wrong]!.name}"`,
    );
  }

  /** Attributes of the file: generator, seed, licence, ... */
  attributes(): Readonly<Record<string, unknown>> {
    return this.#reader.attributes('/');
  }

  /**
   * Events `start` to `start + count`; with `extras`, also every other dataset below /detector, /partons and /event.
   * @throws UserError for damaged data, numbers that are not finite and objects that make no sense.
   */
  read(start: number, count: number, { extras = false } = {}): RawEvents {
    const read = (dataset: string): Column => this.#readColumn(dataset, start, count);
    const groups: Record<string, Record<string, Column>> = {};
    for (const [group, { capacity, columns }] of this.#layouts) {
      const present: Record<string, Column> = {};
      for (const column of columns) present[column] = read(columnPath(group, column));
      if (capacity !== undefined) present[LENGTHS] = this.#lengths(group, capacity, start, count);
      groups[group] = present;
    }
    const raw: RawEvents = {
      size: count,
      groups,
      ...(this.hasTruth ? { momenta: float32(read(MOMENTA)) } : {}),
      ...(this.#weights ? { weights: float32(read(this.#weights)) } : {}),
      ...(extras ? { extras: Object.fromEntries(this.#extras().map((path) => [path, read(path)])) } : {}),
    };
    checkEvents(this.#topology, raw, refuseInFile(this.path, start));
    return raw;
  }

  #readColumn(dataset: string, start: number, count: number): Column {
    const values = this.#reader.read(dataset, start, count);
    const factor = this.#factors.get(dataset);
    if (factor === undefined) return values;
    return Float64Array.from(values as ArrayLike<number>, (value) => factor * Number(value));
  }

  /** The weights of events `start` to `start + count`; undefined if they have none. */
  readWeights(start: number, count: number): Float32Array | undefined {
    return this.#weights === undefined ? undefined : float32(this.#reader.read(this.#weights, start, count));
  }

  #lengths(group: string, capacity: number, start: number, count: number): Column {
    const lengths = columnPath(group, LENGTHS);
    if (this.#reader.shapeOf(lengths)) return this.#reader.read(lengths, start, count);
    const path = columnPath(group, MASK);
    const mask = this.#reader.read(path, start, count);
    return Int32Array.from({ length: count }, (_, event) => {
      const entries = [...mask.subarray(event * capacity, (event + 1) * capacity)].map(Number);
      const objects = entries.lastIndexOf(1) + 1;
      if (entries.every((entry, i) => entry === (i < objects ? 1 : 0))) return objects;
      throw new UserError(`invalid ${path} in ${this.path}: event ${start + event} has a gap between its objects`);
    });
  }

  #extras(): string[] {
    const known = new Set([MOMENTA, this.#weights]);
    for (const [group, { capacity, columns }] of this.#layouts) {
      for (const column of columns) known.add(columnPath(group, column));
      if (capacity !== undefined) known.add(columnPath(group, LENGTHS));
    }
    return this.#reader
      .datasets()
      .filter((path) => /^\/(detector|partons|event)\//.test(path) && !known.has(path))
      .filter((path) => this.#reader.shapeOf(path)!.shape[0] === this.size);
  }
}

function float32(values: Column): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>, Number);
}
