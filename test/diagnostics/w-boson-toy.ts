import { type EvaluatedDraws, type EventSpec, type HostEvents, Rng } from '@unfold-zoo/core';
import { eventsInMemory } from '@unfold-zoo/core/testing';

const feature = (name: string) => ({ name, unit: 'GeV', scaling: 'standard' }) as const;

/** A W boson that decays to a lepton, which the detector measures, and a neutrino, which it sees as what is missing. */
export const SPEC: EventSpec = {
  name: 'w boson',
  particles: [
    { name: 'lepton', label: 'Lepton' },
    { name: 'neutrino', label: 'Neutrino' },
    { name: 'w', label: 'W' },
  ],
  inputs: {
    lepton: { features: ['energy', 'px', 'py', 'pz'].map(feature), capacity: 1 },
    met: { features: ['px', 'py'].map(feature), capacity: 1 },
  },
  neutrinoOfW: { particle: 'neutrino', lepton: 'lepton', missing: 'met' },
};

/** GeV: width of the true momenta, and resolution of the detector. */
export const [TRUE_WIDTH, RESOLUTION] = [30, 10];
/** Of a normal truth seen with a normal error the posterior is normal, with this mean over the measurement ... */
const SHRINKAGE = TRUE_WIDTH ** 2 / (TRUE_WIDTH ** 2 + RESOLUTION ** 2);
/** ... and this standard deviation. */
export const POSTERIOR_WIDTH = RESOLUTION * Math.sqrt(SHRINKAGE);

/** What is wrong with draws; nothing unless said. */
export interface Wrong {
  /** Factor of the posterior's standard deviations. */
  readonly scale?: number;
  /** Of all momenta, in the posterior's standard deviations. */
  readonly shift?: number;
  /** Of the lepton's and the neutrino's px and py; 0.8 is right. */
  readonly correlation?: number;
  /** Whether each event gets the draws of another. */
  readonly swapped?: boolean;
  /** Whether each draw is the training event that is nearest to it. */
  readonly memorised?: boolean;
  /** Share of draws whose energy is that of a tenth of the momentum. */
  readonly spacelike?: number;
  /** By how much px of the W boson is off the sum of lepton and neutrino, in the posterior's standard deviations. */
  readonly unsummed?: number;
}

export interface ToySize {
  readonly events: number;
  readonly draws: number;
  readonly train?: number;
  readonly seed?: number;
}

const RIGHT_CORRELATION = 0.8;
/** Place of the W boson's px among the numbers of an event. */
const W_PX = 12;

/** Draws from the exact posterior of events, or from one that is wrong in a known way. */
export function toyDraws({ events, draws, train = 2000, seed = 1 }: ToySize, wrong: Wrong = {}): EvaluatedDraws {
  const rng = new Rng(seed);
  const [training, tested] = [toyEvents(train, rng.fork('train')), toyEvents(events, rng.fork('test'))];
  const held = toyEvents(train, rng.fork('validation'));
  const source = eventsInMemory(SPEC, { train: training.events, validation: held.events, test: tested.events });
  const drawing = rng.fork('draws');
  const rows: number[][] = [];
  for (let event = 0; event < events; event++) {
    const measured = tested.measured[wrong.swapped ? (event + 1) % events : event]!;
    for (let draw = 0; draw < draws; draw++) rows.push(drawOf(measured, wrong, training.momenta, drawing));
  }
  const partons = Float32Array.from(
    rows.flatMap((row) => {
      const drawn = partonsOf(row, drawing.uniform() < (wrong.spacelike ?? 0));
      drawn[W_PX]! += (wrong.unsummed ?? 0) * POSTERIOR_WIDTH;
      return drawn;
    }),
  );
  return { label: 'Toy', source, split: 'test', start: 0, events, draws, partons };
}

function drawOf(measured: readonly number[], wrong: Wrong, training: readonly number[][], rng: Rng): number[] {
  const drawn = momentaGiven(measured, wrong, rng);
  if (!wrong.memorised) return drawn;
  const distance = (row: readonly number[]) => row.reduce((sum, value, k) => sum + (value - drawn[k]!) ** 2, 0);
  return training.reduce((best, row) => (distance(row) < distance(best) ? row : best));
}

/** px, py, pz of lepton and neutrino, given what the detector says of the first five. */
function momentaGiven(measured: readonly number[], { scale = 1, shift = 0, correlation }: Wrong, rng: Rng): number[] {
  const rho = correlation ?? RIGHT_CORRELATION;
  const noise = Array.from({ length: 6 }, () => rng.normal());
  for (const k of [0, 1]) noise[3 + k] = rho * noise[k]! + Math.sqrt(1 - rho ** 2) * noise[3 + k]!;
  return noise.map((value, k) => {
    const [mean, width] = k < 5 ? [SHRINKAGE * measured[k]!, POSTERIOR_WIDTH] : [0, TRUE_WIDTH];
    return mean + width * (shift + scale * value);
  });
}

/** Mass, ln E, px, py, pz of lepton, neutrino and W boson. */
function partonsOf(momenta: readonly number[], spacelike = false): number[] {
  const [lepton, neutrino] = [momenta.slice(0, 3), momenta.slice(3)];
  const w = lepton.map((value, k) => value + neutrino[k]!);
  const energies = [lepton, neutrino].map((p) => Math.hypot(...p));
  const mass = Math.sqrt(Math.max((energies[0]! + energies[1]!) ** 2 - w.reduce((sum, p) => sum + p * p, 0), 0));
  const all = [
    [0, Math.log(energies[0]! * (spacelike ? 0.1 : 1)), ...lepton],
    [0, Math.log(energies[1]!), ...neutrino],
    [mass, Math.log(energies[0]! + energies[1]!), ...w],
  ];
  return all.flat();
}

function toyEvents(size: number, rng: Rng): { events: HostEvents; momenta: number[][]; measured: number[][] } {
  const width = Math.sqrt(TRUE_WIDTH ** 2 + RESOLUTION ** 2);
  const measured = Array.from({ length: size }, () => Array.from({ length: 5 }, () => width * rng.normal()));
  const momenta = measured.map((each) => momentaGiven(each, {}, rng));
  const mask = new Float32Array(size).fill(1);
  const lepton = measured.flatMap(([x, y, z]) => [Math.hypot(x!, y!, z!), x!, y!, z!]);
  const inputs = {
    lepton: { features: Float32Array.from(lepton), mask },
    met: { features: Float32Array.from(measured.flatMap((each) => each.slice(3))), mask },
  };
  return {
    events: { size, partons: Float32Array.from(momenta.flatMap((row) => partonsOf(row))), inputs },
    momenta,
    measured,
  };
}
