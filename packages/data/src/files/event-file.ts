import { isUserError, UserError } from '@unfold-zoo/core';
import type { CarriedColumns } from '@unfold-zoo/core/events';
import type { Topology } from '../topology/topology.js';
import { checkEvents, refuseInFile } from './check-events.js';
import { DetectorColumns } from './columns/detector-columns.js';
import { eventColumn } from './columns/event-column.js';
import { expectDataset, expectShape } from './columns/expected-datasets.js';
import { float32 } from './columns/float32.js';
import { columnPath, groupLayouts, MOMENTA, momentaRow, WEIGHT } from './event-layout.js';
import { type DatasetShape, Hdf5Reader } from './hdf5/reader.js';
import { type EventFileOptions, NoEvents, type OpenEvents } from './open-events.js';
import { type Column, MOMENTUM_COMPONENTS, type RawEvents } from './raw-events.js';
import { unitFactor, unitsOfColumns } from './units.js';

/** Datasets that an error names where another is missing. */
const SHOWN = 5;

/**
 * An HDF5 file of events open for reading. Only the rows asked for are read and held.
 *
 * Layout: `/partons/momenta` (N, particles, 5), `/detector/<group>/<column>` (N, capacity) with `lengths` (N) or
 * `MASK` (N, capacity) for a set and (N) for a single object, `/event/weight` (N) if events have weights. A dataset
 * `/detector/<group>` (N, capacity, columns) or (N, columns) with an attribute `columns` may stand for a group.
 * An attribute `units` of a dataset, or of the file for all momenta and angles, says what units its numbers are in.
 */
export class EventFile implements OpenEvents {
  readonly path: string;
  readonly size: number;
  /** Rows that the file stores together. */
  readonly chunkRows: number;
  readonly hasTruth: boolean;
  /** Whether attributes say what units the truth and the detector's columns are in. */
  readonly declaresUnits: { readonly truth: boolean; readonly detector: boolean };
  readonly #reader: Hdf5Reader;
  readonly #topology: Topology;
  readonly #detector: ReadonlyMap<string, DetectorColumns>;
  readonly #weights: string | undefined;
  /** What the numbers of a dataset are multiplied by, where that is not 1. */
  readonly #factors: ReadonlyMap<string, number>;

  private constructor(reader: Hdf5Reader, topology: Topology, options: EventFileOptions) {
    this.path = reader.path;
    this.#reader = reader;
    this.#topology = topology;
    const missing = (dataset: string): string => this.#missing(dataset);
    const groups = [...groupLayouts(topology)];
    this.#detector = new Map(
      groups.map(([name, layout]) => [name, new DetectorColumns(reader, name, layout, missing)]),
    );
    this.hasTruth = !options.truthOptional || reader.objectAt(MOMENTA) !== undefined;
    const first = this.hasTruth ? this.#dataset(MOMENTA) : [...this.#detector.values()][0]!.shape;
    this.size = first.shape[0] ?? 0;
    this.chunkRows = first.chunkRows;
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

  get rows(): number {
    return this.size;
  }

  /** Datasets that are no part of the layout: `read` gives none of them, with `extras` or without. */
  get unused(): readonly string[] {
    const used = new Set([...this.#known(), ...this.#extras()]);
    return [...this.#reader.datasets()].filter((path) => !used.has(path));
  }

  #weightsOf({ weights }: EventFileOptions): string | undefined {
    if (weights === false) return undefined;
    const isThere = this.#reader.objectAt(weights ?? WEIGHT) !== undefined;
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
    return path === '/' || this.#reader.objectAt(path) === 'dataset'
      ? this.#reader.attribute(path, 'units')
      : undefined;
  }

  #check(): void {
    if (this.hasTruth) {
      expectShape(this.#reader, MOMENTA, this.#dataset(MOMENTA).shape, ['N', ...momentaRow(this.#topology)]);
      this.#expectNames('particles', this.#topology.particles);
      this.#expectNames(
        'components',
        MOMENTUM_COMPONENTS.map((name) => ({ name })),
      );
    }
    for (const columns of this.#detector.values()) columns.check(this.size);
    if (this.#weights) expectShape(this.#reader, this.#weights, this.#dataset(this.#weights).shape, [this.size]);
    if (this.size === 0) throw new NoEvents(this.path);
  }

  #dataset(path: string, why?: string): DatasetShape {
    return expectDataset(this.#reader, path, () => this.#missing(path, why));
  }

  #missing(dataset: string, why = `topology "${this.#topology.name}" needs it`): string {
    const needs = `missing ${dataset} in ${this.path}: ${why}`;
    return `${needs}; the file has ${this.#someDatasets().join(', ') || 'no datasets'}, ...`;
  }

  /** The first few datasets, as far as they can be found: what is missing matters more than what is damaged. */
  #someDatasets(): string[] {
    const present: string[] = [];
    try {
      for (const path of this.#reader.datasets()) if (present.push(path) === SHOWN) break;
    } catch (error) {
      if (!isUserError(error)) throw error;
    }
    return present;
  }

  #expectNames(attribute: string, expected: readonly { readonly name: string }[]): void {
    const names = this.#reader.attribute(MOMENTA, attribute);
    if (!Array.isArray(names)) return;
    const wrong = expected.findIndex(({ name }, i) => name !== String(names[i]).trim());
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
    const read = (dataset: string): Column => this.#scaled(dataset, this.#reader.read(dataset, start, count));
    const groups = Object.fromEntries(
      [...this.#detector].map(([name, group]) => [name, this.#scaledGroup(name, group.read(start, count))]),
    );
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

  #scaled(path: string, values: Column): Column {
    const factor = this.#factors.get(path);
    if (factor === undefined) return values;
    return Float64Array.from(values as ArrayLike<number>, (value) => factor * Number(value));
  }

  #scaledGroup(group: string, columns: Readonly<Record<string, Column>>): Record<string, Column> {
    const scaled = Object.entries(columns).map(([name, values]) => [
      name,
      this.#scaled(columnPath(group, name), values),
    ]);
    return Object.fromEntries(scaled) as Record<string, Column>;
  }

  /** The weights of events `start` to `start + count`; undefined if they have none. */
  readWeights(start: number, count: number): Float32Array | undefined {
    return this.#weights === undefined ? undefined : float32(this.#reader.read(this.#weights, start, count));
  }

  readColumns(columns: readonly string[], start: number, count: number): CarriedColumns {
    const read = (name: string) => {
      const path = `/${name.replace(/^\//, '')}`;
      expectShape(this.#reader, path, this.#dataset(path, `it is to be carried along`).shape, [this.size]);
      const what = `${path} in ${this.path}`;
      return eventColumn(this.#reader.read(path, start, count), this.#reader.typeName(path), what);
    };
    return Object.fromEntries(columns.map((name) => [name, read(name)]));
  }

  #known(): ReadonlySet<string | undefined> {
    return new Set([MOMENTA, this.#weights, ...[...this.#detector.values()].flatMap(({ datasets }) => datasets)]);
  }

  #extras(): string[] {
    const known = this.#known();
    return [...this.#reader.datasets()]
      .filter((path) => /^\/(detector|partons|event)\//.test(path) && !known.has(path))
      .filter((path) => this.#reader.shapeOf(path)!.shape[0] === this.size && !this.#reader.typeProblem(path));
  }
}
