import type { EventSource, EventSpec, HostEvents, Split } from '@unfold-zoo/core';
import type { NamedFiles } from '@unfold-zoo/core/config';
import { type InputSpec, partonColumn, partonName, QUANTITIES, readEvents, SPLITS } from '@unfold-zoo/core/events';
import { fileOptions } from '../files/file-options.js';
import { FileSource } from '../files/file-source.js';
import { type SampleCount, samplesOf } from '../splits/samples.js';
import { hdf5Format } from '../tables/formats/hdf5.js';
import type { FileFormat } from '../tables/table-file.js';
import { outlierWarningsOf, sampleOf } from './data-warnings.js';
import { massShellWarnings } from './mass-shell.js';

/** Count, range and moments of one number; all null where nothing was seen. Weighted, but for the range. */
export interface NumberSummary {
  readonly name: string;
  readonly unit: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
}

/** Counts between equally spaced edges; what lies outside is counted apart. Not weighted. */
export interface NumberHistogram {
  /** What a topology's `figures.terminal` calls it, e.g. `objects.pt`; the same for every class of objects. */
  readonly key: string;
  readonly name: string;
  readonly unit: string;
  /** One more than `counts`. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
}

/** What is in one kind of detector input. */
export interface InputSummary {
  readonly name: string;
  readonly capacity: number;
  /** Mean fraction of the capacity that is objects and not padding. */
  readonly fill: number;
  /** Events with 0, 1, ... `capacity` objects. */
  readonly multiplicity: readonly number[];
  /** The mean of a one-hot class is its fraction of all objects. */
  readonly features: readonly NumberSummary[];
}

/** What is in a data source. Plain numbers, fit for JSON. */
export interface EventSummary {
  readonly topology: string;
  readonly counts: Readonly<Record<Split, number>>;
  /** The samples that training events are joined of, if they are. */
  readonly samples: readonly SampleCount[];
  /** The split that the rest is about, and how many of its events were read. */
  readonly split: Split;
  readonly inspected: number;
  /** False for events as a detector takes them: `particles` have no numbers then. */
  readonly hasTruth: boolean;
  readonly particles: readonly {
    readonly name: string;
    readonly label: string;
    /** Mass, ln E, px, py, pz. */
    readonly quantities: readonly NumberSummary[];
  }[];
  readonly inputs: readonly InputSummary[];
  /** Null where events have none. `effective` is (sum w)^2 / sum w^2. */
  readonly weights: (NumberSummary & { readonly negative: number; readonly effective: number }) | null;
  readonly histograms: readonly NumberHistogram[];
  /** What is odd and no mistake: few effective events, outliers, units like MeV, energies off E^2 = p^2 + m^2. */
  readonly warnings: readonly string[];
  /** Keys of the histograms that matter most, in order; some may have none, being of numbers that never vary. */
  readonly terminal: readonly string[];
}

/** What to look at. */
export interface InspectEventsOptions {
  /** Default: train. */
  readonly split?: Split;
  /** Default: all. */
  readonly maxEvents?: number;
  /** Of a file that is given by its path: name or YAML file of its topology. Default: semileptonic-ttbar. */
  readonly topology?: string;
  /** Of a file that is given by its path: its format, and which of its tables. Default: HDF5. */
  readonly format?: FileFormat;
  readonly table?: string | undefined;
  /** What the name may be; the topologies of this package unless given. */
  readonly topologies?: NamedFiles;
}

/**
 * Reads a split once, block by block, and says what is in it. Given a path, all events of that file count as the
 * training split, with or without their truth. Histograms are of every mass that varies, every log-scaled feature
 * (class by class where objects have classes), every multiplicity, and what else the topology's `figures.terminal`
 * names.
 */
export async function inspectEvents(
  from: EventSource | string,
  options: InspectEventsOptions = {},
): Promise<EventSummary> {
  if (typeof from !== 'string') return inspectSource(from, options);
  const { topology, topologies, table, format = hdf5Format } = options;
  const allEvents = { ...fileOptions.parse({ train: from, validationFraction: 0, topology }), table };
  const source = new FileSource(allEvents, { topologies, format, truthOptional: true });
  await source.open();
  try {
    return await inspectSource(source, options);
  } finally {
    await source.close();
  }
}

async function inspectSource(
  source: EventSource,
  { split = 'train', maxEvents = Number.POSITIVE_INFINITY }: InspectEventsOptions,
): Promise<EventSummary> {
  const events = Math.min(source.count(split), maxEvents);
  const tally = new EventTally(source.spec);
  for (let start = 0; start < events; start += source.blockSize) {
    tally.add(await readEvents(source, split, start, Math.min(source.blockSize, events - start)));
  }
  const counts = SPLITS.map((each) => [each, source.count(each)]);
  const outliers = await outlierWarningsOf(source, split, (name) => tally.standardDeviation(name));
  const massShell = source.count(split) > 0 ? massShellWarnings(source.spec, await sampleOf(source, split)) : [];
  return {
    topology: source.spec.name,
    counts: Object.fromEntries(counts) as Record<Split, number>,
    samples: samplesOf(source),
    split,
    inspected: events,
    hasTruth: source.hasTruth(split),
    ...tally.summary(),
    warnings: [...(source.warnings ?? []), ...outliers, ...massShell],
  };
}

const BINS = 50;

/** One column as it goes by. */
class NumberTally {
  readonly #name: string;
  readonly #unit: string;
  readonly #counts = new Array<number>(BINS).fill(0);
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #weight = 0;
  #mean = 0;
  #squares = 0;
  #edges: [low: number, high: number] | undefined;
  #below = 0;
  #above = 0;

  constructor(name: string, unit: string) {
    this.#name = name;
    this.#unit = unit;
  }

  /** Values with weights of the same length. The first call settles the range of the histogram. */
  add(values: Float64Array, weights: Float64Array): void {
    if (values.length === 0) return;
    this.#edges ??= centralRange(values);
    const [low, high] = this.#edges;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      this.#min = Math.min(this.#min, value);
      this.#max = Math.max(this.#max, value);
      this.#addMoment(value, weights[i]!);
      if (value < low) this.#below++;
      else if (value > high) this.#above++;
      else this.#counts[Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))]!++;
    }
  }

  #addMoment(value: number, weight: number): void {
    if (weight === 0) return;
    this.#weight += weight;
    const deviation = value - this.#mean;
    this.#mean += (weight / this.#weight) * deviation;
    this.#squares += weight * deviation * (value - this.#mean);
  }

  get varies(): boolean {
    return this.#max > this.#min;
  }

  summary(): NumberSummary {
    const seen = this.#edges !== undefined;
    return {
      name: this.#name,
      unit: this.#unit,
      min: seen ? this.#min : null,
      max: seen ? this.#max : null,
      mean: this.#weight > 0 ? this.#mean : null,
      standardDeviation: this.#weight > 0 ? Math.sqrt(Math.max(0, this.#squares / this.#weight)) : null,
    };
  }

  histogram(key: string, name: string): NumberHistogram {
    const [low, high] = this.#edges!;
    const edges = Array.from({ length: BINS + 1 }, (_, i) => low + (i * (high - low)) / BINS);
    return { key, name, unit: this.#unit, edges, counts: this.#counts, below: this.#below, above: this.#above };
  }
}

/** From the 0.5th to the 99.5th percentile of the first block, so that a tail does not flatten the rest. */
function centralRange(values: Float64Array): [low: number, high: number] {
  const sorted = values.slice().sort();
  const low = sorted[Math.floor(0.005 * (sorted.length - 1))]!;
  const high = sorted[Math.ceil(0.995 * (sorted.length - 1))]!;
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

class EventTally {
  readonly #spec: EventSpec;
  readonly #partons: NumberTally[];
  readonly #inputs: readonly InputTally[];
  readonly #weight = new NumberTally('weight', '');
  #weighted = false;
  #negative = 0;
  #sum = 0;
  #squares = 0;

  constructor(spec: EventSpec) {
    this.#spec = spec;
    this.#partons = spec.particles.flatMap(() =>
      QUANTITIES.map((quantity) => new NumberTally(quantity, quantity === 'logE' ? '' : 'GeV')),
    );
    this.#inputs = Object.entries(spec.inputs).map(
      ([name, input]) => new InputTally(name, input, spec.figures?.terminal ?? []),
    );
  }

  add(events: HostEvents): void {
    const weights = Float64Array.from(events.weights ?? new Float32Array(events.size).fill(1), Math.abs);
    const width = this.#partons.length;
    const { partons } = events;
    if (partons) {
      for (const [column, tally] of this.#partons.entries()) {
        tally.add(partonColumn(partons, width, column), weights);
      }
    }
    for (const tally of this.#inputs) tally.add(events, weights);
    if (events.weights) this.#addWeights(Float64Array.from(events.weights));
  }

  #addWeights(weights: Float64Array): void {
    this.#weighted = true;
    this.#weight.add(weights, new Float64Array(weights.length).fill(1));
    for (const weight of weights) {
      if (weight < 0) this.#negative++;
      this.#sum += weight;
      this.#squares += weight ** 2;
    }
  }

  /** Of a column as warnings call it, e.g. `hadronic_top.px` or `objects.eta`. */
  standardDeviation(column: string): number | undefined {
    const tallies = [...this.#partons.entries()].map(([i, tally]) => [partonName(this.#spec, i), tally] as const);
    const features = this.#inputs.flatMap((input) => input.tallies());
    return new Map([...tallies, ...features]).get(column)?.summary().standardDeviation ?? undefined;
  }

  summary(): Pick<EventSummary, 'particles' | 'inputs' | 'weights' | 'histograms' | 'terminal'> {
    const inputs = this.#inputs;
    const quantities = QUANTITIES.length;
    const ofParticles = this.#particleHistograms();
    const ofInputs = inputs.flatMap((input) => input.histograms());
    return {
      particles: this.#spec.particles.map((particle, i) => ({
        ...particle,
        quantities: this.#partons.slice(i * quantities, (i + 1) * quantities).map((each) => each.summary()),
      })),
      inputs: inputs.map((input) => input.summary()),
      weights: this.#weighted
        ? { ...this.#weight.summary(), negative: this.#negative, effective: this.#sum ** 2 / this.#squares }
        : null,
      histograms: [...ofParticles, ...ofInputs],
      terminal: this.#spec.figures?.terminal ?? usualKeys(ofParticles, Object.keys(this.#spec.inputs)),
    };
  }

  #particleHistograms(): NumberHistogram[] {
    const named = this.#spec.figures?.terminal ?? [];
    return this.#spec.particles.flatMap(({ name, label }, particle) =>
      QUANTITIES.flatMap((quantity, i) => {
        const tally = this.#partons[particle * QUANTITIES.length + i]!;
        const key = `${name}.${quantity}`;
        const wanted = quantity === 'mass' || named.includes(key);
        return wanted && tally.varies ? [tally.histogram(key, `${label} ${quantity}`)] : [];
      }),
    );
  }
}

/** Masses that `usualKeys` takes at most. */
const MOST_MASSES = 3;

/** What is drawn where the topology names nothing: a few masses, and the multiplicity of every input. */
function usualKeys(ofParticles: readonly NumberHistogram[], inputs: readonly string[]): string[] {
  return [
    ...ofParticles.slice(0, MOST_MASSES).map(({ key }) => key),
    ...inputs.map((input) => `${input}.multiplicity`),
  ];
}

class InputTally {
  readonly #name: string;
  readonly #input: InputSpec;
  readonly #multiplicity: number[];
  readonly #features: readonly NumberTally[];
  readonly #shapes: readonly ShapeTally[];

  /** `named`: keys of histograms that are wanted besides the usual ones. */
  constructor(name: string, input: InputSpec, named: readonly string[]) {
    this.#name = name;
    this.#input = input;
    this.#multiplicity = new Array<number>(input.capacity + 1).fill(0);
    this.#features = input.features.map((feature) => new NumberTally(feature.name, feature.unit));
    this.#shapes = shapesOf(name, input, named);
  }

  add(events: HostEvents, weights: Float64Array): void {
    const { features, mask } = events.inputs[this.#name]!;
    const { capacity } = this.#input;
    const width = this.#features.length;
    const slots = [...mask.keys()].filter((slot) => mask[slot] === 1);
    const filled = new Uint32Array(events.size);
    for (const slot of slots) filled[Math.floor(slot / capacity)]!++;
    for (const count of filled) this.#multiplicity[count]!++;

    const tallyFeature = (tally: NumberTally, feature: number, chosen: readonly number[]): void => {
      const values = Float64Array.from(chosen, (slot) => features[slot * width + feature]!);
      tally.add(
        values,
        Float64Array.from(chosen, (slot) => weights[Math.floor(slot / capacity)]!),
      );
    };
    for (const [i, tally] of this.#features.entries()) tallyFeature(tally, i, slots);
    for (const { tally, feature, ofClass } of this.#shapes) {
      const chosen = ofClass < 0 ? slots : slots.filter((slot) => features[slot * width + ofClass] === 1);
      tallyFeature(tally, feature, chosen);
    }
  }

  /** Of the features, by name. */
  tallies(): (readonly [string, NumberTally])[] {
    return this.#input.features.map(({ name }, i) => [`${this.#name}.${name}`, this.#features[i]!]);
  }

  summary(): InputSummary {
    const events = this.#multiplicity.reduce((sum, count) => sum + count, 0);
    const objects = this.#multiplicity.reduce((sum, count, n) => sum + n * count, 0);
    return {
      name: this.#name,
      capacity: this.#input.capacity,
      fill: events > 0 ? objects / (events * this.#input.capacity) : 0,
      multiplicity: this.#multiplicity,
      features: this.#features.map((feature) => feature.summary()),
    };
  }

  histograms(): NumberHistogram[] {
    const shapes = this.#shapes.flatMap(({ key, tally, title }) => (tally.varies ? [tally.histogram(key, title)] : []));
    if (this.#input.capacity === 1) return shapes;
    const edges = Array.from({ length: this.#input.capacity + 2 }, (_, n) => n - 0.5);
    const [key, name] = [`${this.#name}.multiplicity`, `${this.#name} multiplicity`];
    return [...shapes, { key, name, unit: '', edges, counts: this.#multiplicity, below: 0, above: 0 }];
  }
}

/** A feature whose histogram is wanted, of all objects or of one class. */
interface ShapeTally {
  readonly key: string;
  readonly title: string;
  readonly tally: NumberTally;
  readonly feature: number;
  /** Place of the class among the features; -1 for all objects. */
  readonly ofClass: number;
}

function shapesOf(input: string, { features }: InputSpec, named: readonly string[]): ShapeTally[] {
  const classes = features.flatMap(({ name, scaling }, ofClass) => (scaling === 'none' ? [{ name, ofClass }] : []));
  const sets = classes.length > 0 ? classes : [{ name: input, ofClass: -1 }];
  return sets.flatMap(({ name: set, ofClass }) =>
    features.flatMap(({ name, unit, scaling }, feature) => {
      const key = `${input}.${name}`;
      if (scaling !== 'log' && !named.includes(key)) return [];
      const title = set === name ? name : `${set} ${name}`;
      return [{ key, title, tally: new NumberTally(name, unit), feature, ofClass }];
    }),
  );
}
