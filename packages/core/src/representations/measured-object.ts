import type { EventSpec, InputSpec, MeasuredBy, Observed } from '../contracts/events/event-spec.js';
import type { KinematicQuantity } from '../contracts/events/figures.js';
import { UserError } from '../errors.js';

/** GeV, 1 keV: a measured momentum below it counts as this much, so that it can be divided by. */
const LEAST_MOMENTUM = 1e-6;

/** Transverse momentum in GeV, pseudorapidity, and azimuth in rad of one object. */
interface MeasuredObject {
  readonly pt: number;
  readonly eta: number;
  readonly phi: number;
}

/** A unit vector. */
type Axis = readonly [number, number, number];

/** What a particle is described relative to. */
export interface Basis {
  /** The measured direction, and those in which azimuth and polar angle change; all at right angles. */
  readonly axes: readonly [Axis, Axis, Axis];
  /** GeV, the size of the measured momentum. */
  readonly size: number;
}

/** How the detector measures one particle. */
export interface ObjectMeasurement {
  /** @throws UserError for an event without the object. */
  of(observed: Observed, event: number): MeasuredObject;
  /** The basis of the object's direction, its azimuth counted from another. */
  basis(observed: Observed, event: number, azimuth: number): Basis;
}

/**
 * The measurement of a particle that `measuredBy` declares.
 * @throws UserError for an input that is not there, or whose objects have no direction.
 */
export function measurementOf({ inputs }: EventSpec, measuredBy: MeasuredBy, particle: string): ObjectMeasurement {
  const input = inputs[measuredBy.input];
  if (!input) throw new UserError(`invalid measuredBy of ${particle}: there is no input "${measuredBy.input}"`);
  const [pt, eta, phi] = (['pt', 'eta', 'phi'] as const).map((quantity) => {
    const column = columnOf(input, quantity);
    if (column !== undefined) return column;
    throw new UserError(
      `invalid measuredBy of ${particle}: the objects of ${measuredBy.input} have no feature of quantity ${quantity}`,
    );
  }) as [number, number, number];
  const width = input.features.length;
  const slotOf = slotFinder(input, measuredBy, particle);
  const of = (observed: Observed, event: number): MeasuredObject => {
    const at = slotOf(observed, event) * width;
    const { features } = observed.inputs[measuredBy.input]!;
    return { pt: features[at + pt]!, eta: features[at + eta]!, phi: features[at + phi]! };
  };
  return { of, basis: (observed, event, azimuth) => basisOf(of(observed, event), azimuth) };
}

/** Where the features of an input hold a quantity; undefined where none does. */
export function columnOf({ features }: InputSpec, quantity: KinematicQuantity): number | undefined {
  const found = features.findIndex((feature) => feature.quantity === quantity);
  return found < 0 ? undefined : found;
}

function slotFinder(
  { features, capacity }: InputSpec,
  { input, classes }: MeasuredBy,
  particle: string,
): (observed: Observed, event: number) => number {
  const flags = classes.map((name) => features.findIndex((feature) => feature.name === name));
  return (observed, event) => {
    const objects = observed.inputs[input]!;
    for (let slot = event * capacity; slot < (event + 1) * capacity; slot++) {
      const isOne = flags.length === 0 || flags.some((flag) => objects.features[slot * features.length + flag] !== 0);
      if (objects.mask[slot] === 1 && isOne) return slot;
    }
    throw new UserError(
      `missing object: event ${event} of a block has none of ${input} that measures ${particle} ` +
        `(${classes.join(' or ') || 'any'}); leave such events out, or set representation.frame to laboratory`,
    );
  };
}

function basisOf({ pt, eta, phi }: MeasuredObject, azimuth: number): Basis {
  const [cosine, sine] = [Math.cos(phi - azimuth), Math.sin(phi - azimuth)];
  const [transverse, longitudinal] = [1 / Math.cosh(eta), Math.tanh(eta)];
  return {
    axes: [
      [transverse * cosine, transverse * sine, longitudinal],
      [-sine, cosine, 0],
      [-longitudinal * cosine, -longitudinal * sine, transverse],
    ],
    size: Math.max(pt * Math.cosh(eta), LEAST_MOMENTUM),
  };
}
