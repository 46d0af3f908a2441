import type { ObservedEvent } from '@unfold-zoo/data';

/** What a detector saw of one object; GeV and radians. */
export interface DetectorObject {
  /** The input that it belongs to, e.g. `objects`. */
  readonly input: string;
  /** Its class, e.g. `b_jet`, or the input where there are none. */
  readonly label: string;
  readonly isLepton: boolean;
  readonly pt: number;
  readonly phi: number;
  /** Absent for what has no direction along the beam, as the missing momentum. */
  readonly eta?: number;
  /** Where it is in an `ObservedEvent`; absent where it cannot be changed. */
  readonly place?: ObjectPlace;
}

/** Where an object is in an `ObservedEvent`, and what its columns are called. */
export interface ObjectPlace {
  readonly group: string;
  /** In the list of the group; absent for a group of one object. */
  readonly index?: number;
  /** Names of the columns, for those of these quantities that are columns. */
  readonly columns: Readonly<Partial<Record<'pt' | 'eta' | 'phi', string>>>;
}

/** A particle with a direction, as a point of an event display. */
export interface DrawnParticle {
  readonly name: string;
  readonly label: string;
  /** [n] GeV and radians. */
  readonly pt: readonly number[];
  readonly eta: readonly number[];
  readonly phi: readonly number[];
}

/** One quantity that is shown, as pages name it. */
export interface QuantityView {
  /** `hadronic_top.mass`. */
  readonly key: string;
  /** In the markup of `richText`. */
  readonly title: string;
  readonly unit: string;
  readonly isAngle: boolean;
}

/** What pages know of the events of a run. */
export interface EventsView {
  readonly topology: string;
  /** Test events. */
  readonly events: number;
  readonly hasTruth: boolean;
  readonly quantities: readonly QuantityView[];
  /** Keys of the quantities that are shown first. */
  readonly shown: readonly string[];
}

/** One event, as pages show it. */
export interface EventView {
  readonly event: number;
  readonly objects: readonly DetectorObject[];
  /** The event to change and to draw for; absent where its features do not say it. */
  readonly observed?: ObservedEvent;
  /** Of each quantity, by key; absent where it is not known. */
  readonly truth?: Readonly<Record<string, number>>;
  readonly trueParticles?: readonly DrawnParticle[];
  /** Of the neutrino, by key: the solutions by the W boson's mass. */
  readonly solutions: Readonly<Record<string, readonly number[]>>;
}

/** Draws for an event. */
export interface PosteriorView {
  readonly draws: number;
  /** Draws with a number that is not finite, which are left out. */
  readonly notFinite: number;
  /** By key, as many as are finite. */
  readonly values: Readonly<Record<string, readonly number[]>>;
  /** What the detector reads of the same quantity: the object nearest to the mean of the draws. */
  readonly readings: Readonly<Record<string, number>>;
  /** The final particles of some of the draws. */
  readonly cloud: readonly DrawnParticle[];
}

/** Training events that are like an event, with their weights. */
export interface ReferenceView {
  readonly events: number;
  readonly effectiveEvents: number;
  /** Share of the weight that the events below have. */
  readonly share: number;
  readonly weights: readonly number[];
  /** By key. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}
