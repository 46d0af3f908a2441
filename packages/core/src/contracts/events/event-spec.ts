import { defineService } from '../../plugin/token.js';
import type { KinematicQuantity, NeutrinoOfW, TopologyFigures } from './figures.js';

/** The five numbers that describe a particle: mass, ln E, and three momenta (paper, section 5). */
export const QUANTITIES = ['mass', 'logE', 'px', 'py', 'pz'] as const;
/** The name of one of the `QUANTITIES`. */
export type Quantity = (typeof QUANTITIES)[number];

/** One particle of the truth. */
export interface Particle {
  /** Key in files and configs, e.g. `hadronic_top`. */
  readonly name: string;
  /** For tables and figures, e.g. `Hadronic t`. */
  readonly label: string;
  /** Names of the particles that it decays to: its four-momentum is the sum of theirs. */
  readonly decaysTo?: readonly string[];
  /** The detector object that is there in every event and measures it, e.g. the one lepton of a selection. */
  readonly measuredBy?: MeasuredBy;
  /** The detector objects of which one is what is seen of it, if any is, e.g. the jets of a quark. */
  readonly measuredByOneOf?: MeasuredBy;
}

/** Which object of an input measures a particle: the first with one of the classes. */
export interface MeasuredBy {
  /** Name of the input; it has features of the quantities `pt`, `eta` and `phi`. */
  readonly input: string;
  /** Names of features of which one is not 0 for the object; empty where the input holds no other objects. */
  readonly classes: readonly string[];
}

/** One number that describes a detector object. */
export interface Feature {
  readonly name: string;
  /** `GeV`, `rad`, or empty for a pure number. */
  readonly unit: string;
  /**
   * `log`: standardised logarithm, for heavy tails; `standard`: standardised; `none`: as it is, for one-hot classes.
   */
  readonly scaling: 'log' | 'standard' | 'none';
  /** What it is of the object's momentum, by which the object can be turned; absent for anything else. */
  readonly quantity?: KinematicQuantity;
  /** Present for a one-hot class of charged leptons. */
  readonly lepton?: true;
}

/** The features of one kind of detector input and how many objects an event may hold. */
export interface InputSpec {
  readonly features: readonly Feature[];
  readonly capacity: number;
}

/** The layout of one event topology. Widths come from here, never from a model's options. */
export interface EventSpec {
  readonly name: string;
  /** The parton vector is particle-major: the five `QUANTITIES` of the first particle, then of the second, ... */
  readonly particles: readonly Particle[];
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** The figures that matter most; derived from the particles where absent. */
  readonly figures?: TopologyFigures;
  /** The one neutrino of a W boson, if the topology has it and says so. */
  readonly neutrinoOfW?: NeutrinoOfW;
}
export const EventSpec = defineService<EventSpec>('EventSpec');

/** Width of the parton vector, in which events come and draws are handed out. What models learn: `scaledWidth`. */
export function partonWidth(spec: EventSpec): number {
  return spec.particles.length * QUANTITIES.length;
}

/** The objects of one input of a block of events, on the host. */
export interface HostObjects {
  /** Row-major [n, capacity, features]; padding rows are zero. */
  readonly features: Float32Array;
  /** Row-major [n, capacity], 1 for an object and 0 for padding. */
  readonly mask: Float32Array;
}

/** A block of events on the host, in physical units: GeV, radians. */
export interface HostEvents {
  readonly size: number;
  /** Row-major [n, P]: mass, ln(E / GeV), px, py, pz of each particle; absent where the truth is not known. */
  readonly partons?: Float32Array;
  readonly inputs: Readonly<Record<string, HostObjects>>;
  /** [n]; absent when the source has none. */
  readonly weights?: Float32Array;
}

/** What the detector saw of a block of events. */
export type Observed = Pick<HostEvents, 'size' | 'inputs'>;

/** The parts that events are divided into: to train on, to choose the best weights with, and to test with. */
export const SPLITS = ['train', 'validation', 'test'] as const;
/** The name of one of the `SPLITS`. */
export type Split = (typeof SPLITS)[number];
