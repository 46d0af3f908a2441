import { type EventSpec, type Observed, partonWidth, QUANTITIES } from '../../contracts/events/event-spec.js';
import type { Representation } from '../../contracts/events/representation.js';
import { sliceEvents } from '../../events/slice-events.js';
import { decaysOf } from '../../representations/decays.js';
import { Rng } from '../../rng.js';
import { type Check, check, claim } from '../check.js';
import { type Make, measuredSetting, representedSetting, type Setting, testSetting } from '../setting.js';
import { testObserved } from '../test-observed.js';
import { testTruth } from '../test-truth.js';

/** Events that a check looks at. */
const EVENTS = 50;
/** How far single precision leaves a truth from itself, relative to the energy of an event. */
const SINGLE = 1e-5;
/** The same of double precision, in squares of energies. */
const DOUBLE = 1e-9;
/** GeV. Below it energies are rounded up, so that they have a logarithm. */
const LEAST_ENERGY = 2e-6;
/** Sizes of the numbers that are decoded: as standardised ones are, as momenta are, and as a model's may be. */
const SIZES = [0, 1, 100, 1e10, 1e30] as const;

/** What a representation says of itself. */
export interface RepresentationClaims {
  /**
   * The topologies that it is made for. Default: one of two particles, one of a particle that decays to them, and one
   * of which an object measures a particle.
   */
  readonly topologies?: readonly EventSpec[];
  /** Whether particles that decay are the sums of their daughters, whatever the numbers. Default: if `massShell` is. */
  readonly sums?: boolean;
}

/** What a `Representation` must do. */
export function representationChecks(
  make: Make<Representation>,
  {
    topologies = [testSetting().spec, representedSetting().spec, measuredSetting().spec],
    sums,
  }: RepresentationClaims = {},
): Check[] {
  const each = (title: string, body: (representation: Representation, setting: Setting) => void): Check =>
    check(title, () => {
      for (const spec of topologies) {
        const setting = { ...testSetting(), spec };
        body(make(setting), setting);
      }
    });
  return [
    each('columns have names of their own, and every event has a number of each', claimColumns),
    each('the truth of events comes back', claimRoundTrip),
    each('an event does not depend on the others of its block', claimIndependence),
    each('what is given is not changed', claimPure),
    each('finite numbers give finite partons', claimFinite),
    each('numbers that are not finite give partons that are not', claimNotFinite),
    each('particles of an exact or restored mass shell are on it, whatever the numbers', (representation, setting) => {
      if (representation.massShell !== 'learned') claimMassShell(representation, setting);
    }),
    each('particles that decay are the sums of their daughters, whatever the numbers', (representation, setting) => {
      if (sums ?? representation.massShell === 'exact') claimSums(representation, setting);
    }),
  ];
}

function claimColumns(representation: Representation, { spec }: Setting): void {
  const names = representation.columns.map(({ name }) => name);
  claim(names.length > 0 && new Set(names).size === names.length, `columns are ${names.join(', ')}`);
  const numbers = representation.encode(testTruth(spec, new Rng(1), EVENTS), observedOf(spec));
  const expected = EVENTS * names.length;
  claim(numbers.length === expected, `${EVENTS} events have ${numbers.length} numbers, expected ${expected}`);
  claim(numbers.every(Number.isFinite), 'a number of the truth is not finite');
}

function claimRoundTrip(representation: Representation, { spec }: Setting): void {
  const [truth, observed] = [testTruth(spec, new Rng(1), EVENTS), observedOf(spec)];
  const [before, after] = [
    momenta(Float64Array.from(truth)),
    momenta(representation.decode(representation.encode(truth, observed), observed)),
  ];
  claim(before.length === after.length, `${before.length} numbers of the truth come back as ${after.length}`);
  const width = partonWidth(spec);
  for (let i = 0; i < before.length; i++) {
    const event = Math.floor(i / width);
    const scale = before
      .subarray(event * width, (event + 1) * width)
      .reduce((sum, value) => Math.max(sum, Math.abs(value)));
    const off = Math.abs(before[i]! - after[i]!);
    claim(off <= SINGLE * scale, `${nameOf(spec, i)} of ${before[i]} comes back as ${after[i]}`);
  }
}

function claimIndependence(representation: Representation, { spec }: Setting): void {
  const truth = testTruth(spec, new Rng(1), EVENTS);
  const [width, columns] = [partonWidth(spec), representation.columns.length];
  const observed = observedOf(spec);
  const numbers = representation.encode(truth, observed);
  const back = representation.decode(numbers, observed);
  for (const event of [0, EVENTS - 1]) {
    const seen = sliceEvents(observed, spec, event, 1);
    const alone = representation.encode(truth.slice(event * width, (event + 1) * width), seen);
    const same = isSame(alone, numbers.slice(event * columns, (event + 1) * columns));
    claim(same, 'the numbers of an event change with the others of its block');
    const decoded = isSame(representation.decode(alone, seen), back.slice(event * width, (event + 1) * width));
    claim(decoded, 'the partons of an event change with the others of its block');
  }
}

function claimPure(representation: Representation, { spec }: Setting): void {
  const [truth, observed] = [testTruth(spec, new Rng(1), EVENTS), observedOf(spec)];
  const numbers = representation.encode(truth, observed);
  claim(isSame(truth, testTruth(spec, new Rng(1), EVENTS)), 'it changes the truth that it is given');
  const before = numbers.slice();
  const first = representation.decode(numbers, observed);
  claim(isSame(numbers, before), 'it changes the numbers that it is given');
  claim(isSame(first, representation.decode(numbers, observed)), 'the same numbers give other partons');
  claim(isSame(numbers, representation.encode(truth, observed)), 'the same truth gives other numbers');
  const seen = representation.inputs?.(observed);
  const unchanged = observedOf(spec);
  for (const [name, { features }] of Object.entries(unchanged.inputs)) {
    claim(isSame(observed.inputs[name]!.features, features), `it changes input ${name} that it is given`);
    claim(!seen || seen[name]?.features.length === features.length, `it gives networks no such input as ${name}`);
  }
}

function claimFinite(representation: Representation, { spec }: Setting): void {
  for (const size of SIZES) {
    const partons = representation.decode(anyNumbers(representation, size), observedOf(spec));
    claim(partons.every(Number.isFinite), `numbers of about ${size} give partons that are not finite`);
  }
}

function claimNotFinite(representation: Representation, { spec }: Setting): void {
  const width = representation.columns.length;
  const observed = testObserved(spec, new Rng(2), 1);
  const numbers = representation.encode(testTruth(spec, new Rng(1), 1), observed);
  for (let column = 0; column < width; column++) {
    if (representation.columns[column]!.normalScores) continue;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const partons = representation.decode(
        numbers.map((number, i) => (i === column ? value : number)),
        observed,
      );
      claim(
        !partons.every(Number.isFinite),
        `${representation.columns[column]!.name} of ${value} gives finite partons`,
      );
    }
  }
}

function claimMassShell(representation: Representation, { spec }: Setting): void {
  for (const size of SIZES) {
    const all = momenta(representation.decode(anyNumbers(representation, size), observedOf(spec)));
    for (let at = 0; at < all.length; at += QUANTITIES.length) {
      const [mass, energy, px, py, pz] = all.subarray(at);
      const off = Math.abs(mass! ** 2 + px! ** 2 + py! ** 2 + pz! ** 2 - energy! ** 2);
      const holds = mass! >= 0 && off <= DOUBLE * energy! ** 2 + LEAST_ENERGY ** 2;
      claim(
        holds,
        `numbers of about ${size} give ${nameOf(spec, at)} = ${mass}, E = ${energy}, p = ${px}, ${py}, ${pz}`,
      );
    }
  }
}

function claimSums(representation: Representation, { spec }: Setting): void {
  const width = partonWidth(spec);
  for (const size of SIZES) {
    const all = momenta(representation.decode(anyNumbers(representation, size), observedOf(spec)));
    for (const { parent, daughters } of decaysOf(spec.particles)) {
      for (let row = 0; row < all.length; row += width) {
        const at = (particle: number, i: number): number => all[row + particle * QUANTITIES.length + i]!;
        for (let i = 1; i < QUANTITIES.length; i++) {
          const off = Math.abs(daughters.reduce((left, daughter) => left - at(daughter, i), at(parent, i)));
          const holds = off <= DOUBLE * at(parent, 1) + LEAST_ENERGY * daughters.length;
          claim(holds, `${nameOf(spec, parent * QUANTITIES.length + i)} is off the sum of its daughters by ${off} GeV`);
        }
      }
    }
  }
}

/** What the detector saw of the events of the checks. */
function observedOf(spec: EventSpec): Observed {
  return testObserved(spec, new Rng(2), EVENTS);
}

/** Numbers of some events as a model might draw them, whatever they mean. */
function anyNumbers({ columns }: Representation, size: number): Float64Array {
  const rng = new Rng(4);
  return Float64Array.from({ length: EVENTS * columns.length }, () => size * rng.normal());
}

/** Partons with their energies in GeV in the place of the logarithms. */
function momenta(partons: Float64Array): Float64Array {
  return partons.map((value, i) => (i % QUANTITIES.length === 1 ? Math.exp(value) : value));
}

function nameOf({ particles }: EventSpec, column: number): string {
  const particle = particles[Math.floor(column / QUANTITIES.length) % particles.length]!;
  return `${particle.name}.${QUANTITIES[column % QUANTITIES.length]}`;
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));
}
