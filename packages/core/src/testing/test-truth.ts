import { type EventSpec, partonWidth, QUANTITIES } from '../contracts/events/event-spec.js';
import { decaysOf } from '../representations/decays.js';
import type { Rng } from '../rng.js';

/** GeV; masses of the particles that do not decay, in turn. */
const MASSES = [0, 4.7, 0.105_66, 1.5, 0.33] as const;
/** GeV; standard deviation of a component of a momentum. */
const MOMENTUM = 50;

/**
 * Row-major [events, P] a truth that fits: particles that do not decay have a mass, a normal momentum and the energy of
 * both; those that do are the sums of their daughters.
 */
export function testTruth(spec: EventSpec, rng: Rng, events: number): Float32Array {
  const decays = decaysOf(spec.particles);
  const truth = new Float64Array(events * partonWidth(spec));
  for (let event = 0; event < events; event++) {
    const row = truth.subarray(event * partonWidth(spec), (event + 1) * partonWidth(spec));
    for (const particle of spec.particles.keys()) setOwn(row, particle, rng);
    for (const { parent, daughters } of decays) setSum(row, parent, daughters);
  }
  return Float32Array.from(truth);
}

function setOwn(row: Float64Array, particle: number, rng: Rng): void {
  const [px, py, pz] = [0, 1, 2].map(() => MOMENTUM * rng.normal()) as [number, number, number];
  const mass = MASSES[particle % MASSES.length]!;
  row.set([mass, Math.log(Math.hypot(mass, px, py, pz)), px, py, pz], particle * QUANTITIES.length);
}

function setSum(row: Float64Array, parent: number, daughters: readonly number[]): void {
  const total = (of: (at: number) => number): number =>
    daughters.reduce((sum, daughter) => sum + of(daughter * QUANTITIES.length), 0);
  const energy = total((at) => Math.exp(row[at + 1]!));
  const [px, py, pz] = [2, 3, 4].map((i) => total((at) => row[at + i]!)) as [number, number, number];
  const mass = Math.sqrt(Math.max(0, energy ** 2 - px ** 2 - py ** 2 - pz ** 2));
  row.set([mass, Math.log(energy), px, py, pz], parent * QUANTITIES.length);
}
