import { type EventSpec, type Observed, QUANTITIES } from '../contracts/events/event-spec.js';
import type { Representation } from '../contracts/events/representation.js';
import { UserError } from '../errors.js';

/** How far a mass, energy or momentum may come back off the truth, relative to the particle's energy. */
export const ROUND_TRIP_TOLERANCE = 1e-3;

/** Share of events in which a particle may be off by more: the mistakes of a file rather than what it means. */
const ODD_EVENTS = 0.01;

/** How a particle of the truth comes back from a representation. */
export interface ParticleRoundTrip {
  readonly name: string;
  /** Events in which it is off by more than the tolerance, of all that were looked at. */
  readonly off: number;
  readonly events: number;
  /** The largest difference of a mass, energy or momentum, relative to the particle's energy. */
  readonly worst: number;
  /** What the representation takes for granted of it. */
  readonly assumption: string | undefined;
}

/** Whether the truth of events is what its representation gives back. */
export class RoundTrip {
  readonly #spec: EventSpec;
  readonly #representation: Representation;
  readonly #off: number[];
  readonly #worst: number[];
  #events = 0;

  constructor(spec: EventSpec, representation: Representation) {
    this.#spec = spec;
    this.#representation = representation;
    this.#off = spec.particles.map(() => 0);
    this.#worst = spec.particles.map(() => 0);
  }

  /** Looks at parton vectors [n, P], and at the numbers [n, W] that they became, of observed events. */
  add(partons: Float32Array, numbers: Float64Array, observed: Observed): void {
    const back = this.#representation.decode(numbers, observed);
    const particles = this.#off.length;
    for (let i = 0; i < partons.length / QUANTITIES.length; i++) {
      const off = differenceOf(partons, back, i * QUANTITIES.length);
      if (off > ROUND_TRIP_TOLERANCE) this.#off[i % particles]!++;
      this.#worst[i % particles] = Math.max(this.#worst[i % particles]!, off);
    }
    this.#events += partons.length / QUANTITIES.length / particles;
  }

  /** The particles that do not come back in every event. */
  get lost(): ParticleRoundTrip[] {
    return this.#spec.particles.flatMap(({ name }, i) =>
      this.#off[i]! > 0
        ? [
            {
              name,
              off: this.#off[i]!,
              events: this.#events,
              worst: this.#worst[i]!,
              assumption: this.#representation.assumption?.(i),
            },
          ]
        : [],
    );
  }

  /** @throws UserError if a particle does not come back, in more than a few odd events. */
  check(): void {
    const lost = this.lost.find(({ off, events }) => off > ODD_EVENTS * events);
    if (lost) throw new UserError(`invalid truth: ${roundTripSentence(lost)}; ${CURE}`);
  }
}

const CURE =
  'mend the data, leave out the decaysTo that does not hold in them, as where radiation is lost, or set ' +
  'representation to { kind: paper }';

/** What is wrong with the truth of a particle, in words. */
export function roundTripSentence({ name, off, events, worst, assumption }: ParticleRoundTrip): string {
  const expected = assumption ?? 'comes back from its representation, with E^2 = M^2 + |p|^2,';
  return (
    `it is not so that ${name} ${expected} in ${off} of ${events} events, by up to ` +
    `${Number((100 * worst).toPrecision(2))} % of its energy`
  );
}

/** The largest difference of mass, energy and momentum, over the true energy. */
function differenceOf(partons: Float32Array, back: Float64Array, at: number): number {
  const energy = Math.exp(partons[at + ENERGY]!);
  let largest = Math.abs(Math.exp(back[at + ENERGY]!) - energy);
  for (let i = 0; i < QUANTITIES.length; i++)
    if (i !== ENERGY) largest = Math.max(largest, Math.abs(back[at + i]! - partons[at + i]!));
  return largest / energy;
}

const ENERGY = QUANTITIES.indexOf('logE');
