import * as tf from '@tensorflow/tfjs-core';
import { type EventSpec, type HostEvents, type Observed, partonWidth } from '../contracts/events/event-spec.js';
import type { Representation, RepresentedColumn } from '../contracts/events/representation.js';
import type { Observation } from '../contracts/model/observation.js';
import { UserError } from '../errors.js';
import { MOMENTUM_WIDTH } from './four-momenta.js';
import {
  type Basis,
  type BasisTensors,
  basisTensors,
  measurementOf,
  type ObjectMeasurement,
} from './measured-object.js';
import { checkCanTurn, turnInput, turnInputTensors } from './turn-input.js';

/** A particle that an object measures, and where its numbers stand among those of the representation. */
interface MeasuredParticle {
  readonly measurement: ObjectMeasurement;
  /** Columns of px, py and pz. */
  readonly momentum: readonly [number, number, number];
  /** Column of ln E, of representations that have one. */
  readonly logEnergy?: number;
}

/** What numbers are relative to, of one event. */
interface EventFrame {
  /** rad; the azimuth that all others are counted from. */
  readonly azimuth: number;
  /** Of the object of each measured particle, its own azimuth counted so. */
  readonly bases: readonly Basis[];
}

/**
 * Another representation, in coordinates that the detector gives each event:
 *
 * - Azimuths, of the truth and of the inputs, are counted from that of the object that measures the first particle with
 *   `measuredBy`. Nothing depends on how an event is turned about the beam, and a network need not learn so.
 * - A particle with `measuredBy` is described by how it deviates from its object: its momentum along the measured
 *   direction, and across it in azimuth and polar angle, in units of the measured momentum. A network need not learn to
 *   copy numbers, and a direction that is measured to a permille is drawn as precisely. As few events deviate a lot,
 *   these numbers are mapped to normal scores.
 */
export class DetectorFrame implements Representation {
  readonly columns: readonly RepresentedColumn[];
  readonly massShell: Representation['massShell'];
  readonly #spec: EventSpec;
  readonly #inner: Representation;
  readonly #measured: readonly MeasuredParticle[];

  /** @throws UserError for a topology of which no particle is measured, or whose inputs cannot be turned. */
  constructor(inner: Representation, spec: EventSpec) {
    this.#spec = spec;
    this.#inner = inner;
    this.#measured = measuredParticles(inner, spec);
    for (const [name, input] of Object.entries(spec.inputs)) checkCanTurn(name, input);
    this.massShell = inner.massShell;
    this.columns = inner.columns.map((column, i) => deviationOf(column, i, this.#measured) ?? column);
  }

  encode(partons: Float32Array, observed: Observed): Float64Array {
    const frames = this.#frames(observed);
    const turned = partons.slice();
    turnPartons(turned, frames, partonWidth(this.#spec), -1);
    const numbers = this.#inner.encode(turned, observed);
    this.#eachDraw(numbers, frames, toDeviations);
    return numbers;
  }

  decode(numbers: Float64Array, observed: Observed): Float64Array {
    const frames = this.#frames(observed);
    const absolute = numbers.slice();
    this.#eachDraw(absolute, frames, fromDeviations);
    const partons = this.#inner.decode(absolute, observed);
    turnPartons(partons, frames, partonWidth(this.#spec), 1);
    return partons;
  }

  inputs(observed: Observed): HostEvents['inputs'] {
    const azimuths = this.#azimuths(observed);
    const turned = Object.entries(this.#spec.inputs).map(([name, input]) => [
      name,
      turnInput(observed.inputs[name]!, input, azimuths),
    ]);
    return Object.fromEntries(turned);
  }

  decodeTensors(numbers: tf.Tensor2D, observed: Observation): tf.Tensor2D {
    if (!this.#inner.decodeTensors) throw new UserError(NO_GRAPH);
    const azimuth = this.#azimuthTensors(observed);
    const columns = [...(tf.split(numbers, this.columns.length, 1) as tf.Tensor2D[])];
    for (const particle of this.#measured)
      fromDeviationTensors(columns, particle, basisTensors(particle.measurement.ofTensors(observed), azimuth));
    return turnPartonTensors(this.#inner.decodeTensors(tf.concat(columns, 1), observed), azimuth);
  }

  inputTensors(observed: Observation): Observation {
    const azimuth = this.#azimuthTensors(observed);
    const turned = Object.entries(this.#spec.inputs).map(([name, input]) => [
      name,
      turnInputTensors(observed[name]!, input, azimuth),
    ]);
    return Object.fromEntries(turned);
  }

  #azimuthTensors(observed: Observation): tf.Tensor2D {
    return this.#measured[0]!.measurement.ofTensors(observed).phi;
  }

  assumption(particle: number): string | undefined {
    return this.#inner.assumption?.(particle);
  }

  #frames(observed: Observed): EventFrame[] {
    return this.#azimuths(observed).map((azimuth, event) => ({
      azimuth,
      bases: this.#measured.map(({ measurement }) => measurement.basis(observed, event, azimuth)),
    }));
  }

  #azimuths(observed: Observed): number[] {
    const { measurement } = this.#measured[0]!;
    return Array.from({ length: observed.size }, (_, event) => measurement.of(observed, event).phi);
  }

  #eachDraw(
    numbers: Float64Array,
    frames: readonly EventFrame[],
    change: (row: Float64Array, particle: MeasuredParticle, basis: Basis) => void,
  ): void {
    const width = this.columns.length;
    const draws = numbers.length / width / frames.length;
    for (let at = 0; at < numbers.length; at += width) {
      const { bases } = frames[Math.floor(at / width / draws)]!;
      const row = numbers.subarray(at, at + width);
      for (const [i, particle] of this.#measured.entries()) change(row, particle, bases[i]!);
    }
  }
}

function measuredParticles({ columns }: Representation, spec: EventSpec): MeasuredParticle[] {
  const found = spec.particles.flatMap(({ name, measuredBy }): MeasuredParticle[] => {
    if (!measuredBy) return [];
    const column = (quantity: string): number => columns.findIndex((one) => one.name === `${name}.${quantity}`);
    const momentum = [column('px'), column('py'), column('pz')] as const;
    const logEnergy = column('logE');
    if (momentum.includes(-1)) return [];
    const measurement = measurementOf(spec, measuredBy, name);
    return [{ measurement, momentum, ...(logEnergy >= 0 && { logEnergy }) }];
  });
  if (found.length > 0) return found;
  throw new UserError(
    `missing measured particle: topology "${spec.name}" says of none which detector object measures it, and ` +
      'representation.frame "detector" is relative to that; write measuredBy at a particle, or take "laboratory"',
  );
}

/** What stands in a column instead, of measured particles; undefined for the columns of others. */
function deviationOf(
  { name }: RepresentedColumn,
  column: number,
  measured: readonly MeasuredParticle[],
): RepresentedColumn | undefined {
  for (const { momentum, logEnergy } of measured) {
    const what = column === logEnergy ? 'energyDeviation' : DEVIATIONS[momentum.indexOf(column)];
    if (what) return { name: `${name.slice(0, name.lastIndexOf('.'))}.${what}`, normalScores: true };
  }
  return undefined;
}

const NO_GRAPH = 'missing ONNX form: what representation.frame "detector" turns has no method decodeTensors';

const DEVIATIONS = ['along', 'azimuthal', 'polar'] as const;

/** Adds `sign` times the azimuth of its frame to that of every particle of parton vectors [n, draws, P], in place. */
function turnPartons(
  partons: Float32Array | Float64Array,
  frames: readonly EventFrame[],
  width: number,
  sign: 1 | -1,
): void {
  const draws = partons.length / width / frames.length;
  for (const [event, { azimuth }] of frames.entries()) {
    const [cosine, sine] = [Math.cos(azimuth), sign * Math.sin(azimuth)];
    for (let at = event * draws * width; at < (event + 1) * draws * width; at += MOMENTUM_WIDTH) {
      const [px, py] = [partons[at + 2]!, partons[at + 3]!];
      partons[at + 2] = cosine * px - sine * py;
      partons[at + 3] = sine * px + cosine * py;
    }
  }
}

function toDeviations(row: Float64Array, { momentum, logEnergy }: MeasuredParticle, { axes, size }: Basis): void {
  const given = momentum.map((column) => row[column]!);
  for (const [i, column] of momentum.entries()) {
    const along = axes[i]!.reduce((sum, component, k) => sum + component * given[k]!, 0);
    row[column] = along / size - (i === 0 ? 1 : 0);
  }
  if (logEnergy !== undefined) row[logEnergy]! -= Math.log(size);
}

function fromDeviations(row: Float64Array, { momentum, logEnergy }: MeasuredParticle, { axes, size }: Basis): void {
  const along = momentum.map((column, i) => size * (row[column]! + (i === 0 ? 1 : 0)));
  for (const [k, column] of momentum.entries())
    row[column] = axes.reduce((sum, axis, i) => sum + axis[k]! * along[i]!, 0);
  if (logEnergy !== undefined) row[logEnergy]! += Math.log(size);
}

/** `fromDeviations` in tfjs ops: columns [B, 1] of numbers, in place. */
function fromDeviationTensors(
  columns: tf.Tensor2D[],
  { momentum, logEnergy }: MeasuredParticle,
  { axes, size }: BasisTensors,
): void {
  const along = momentum.map((column, i) => tf.mul(size, i === 0 ? tf.add(columns[column]!, 1) : columns[column]!));
  for (const [k, column] of momentum.entries())
    columns[column] = tf.addN(axes.map((axis, i) => tf.mul<tf.Tensor2D>(axis[k]!, along[i]!)));
  if (logEnergy !== undefined) columns[logEnergy] = tf.add(columns[logEnergy]!, tf.log(size));
}

/** `turnPartons` in tfjs ops: parton vectors [B, P] back by azimuths [B, 1]. */
function turnPartonTensors(partons: tf.Tensor2D, azimuth: tf.Tensor2D): tf.Tensor2D {
  const columns = tf.split(partons, partons.shape[1], 1) as tf.Tensor2D[];
  const [cosine, sine] = [tf.cos(azimuth), tf.sin(azimuth)];
  const turned = columns.map((column, i) => {
    const place = i % MOMENTUM_WIDTH;
    if (place === 2) return tf.sub<tf.Tensor2D>(tf.mul(cosine, column), tf.mul(sine, columns[i + 1]!));
    return place === 3 ? tf.add<tf.Tensor2D>(tf.mul(sine, columns[i - 1]!), tf.mul(cosine, column)) : column;
  });
  return tf.concat(turned, 1);
}
