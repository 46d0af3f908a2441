import { Rng } from '@unfold-zoo/core';
import {
  AliasTable,
  AntiKt,
  boost,
  boostToRest,
  DENSITIES,
  drawHelicityCosine,
  drawWMass,
  type FourVector,
  fourVector,
  HardProcess,
  invariantMass,
  monashTune,
  PartonDensities,
  PartonList,
  partonDensities,
  TOP,
  TtbarGenerator,
  ttbarModel,
  W_BOSON,
} from '@unfold-zoo/data';
import test from 'ava';
import fc from 'fast-check';

const model = ttbarModel();

const component = fc.double({ min: -500, max: 500, noNaN: true });
const momentum = fc.record({
  mass: fc.double({ min: 0.1, max: 200, noNaN: true }),
  px: component,
  py: component,
  pz: component,
});

function vector({ mass, px, py, pz }: { mass: number; px: number; py: number; pz: number }): FourVector {
  return Float64Array.of(Math.hypot(mass, px, py, pz), px, py, pz);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));
}

test('a boost to the rest frame of a particle leaves it at rest with its mass', (t) => {
  fc.assert(
    fc.property(momentum, (particle) => {
      const v = vector(particle);
      const frame = v.slice();
      boostToRest(v, frame, particle.mass);
      return largestDifference(v, [particle.mass, 0, 0, 0]) < (1e-12 * frame[0]! ** 2) / particle.mass;
    }),
  );
  t.pass();
});

test('a boost and its inverse are the identity, and masses do not change', (t) => {
  fc.assert(
    fc.property(momentum, momentum, (particle, observer) => {
      const v = vector(particle);
      const before = v.slice();
      const frame = vector(observer);
      boost(v, frame, observer.mass);
      const gamma = frame[0]! / observer.mass;
      const squaredMass = v[0]! ** 2 - v[1]! ** 2 - v[2]! ** 2 - v[3]! ** 2;
      // Terms of gamma times the energy cancel.
      if (Math.abs(squaredMass - particle.mass ** 2) > 1e-14 * (gamma * before[0]!) ** 2) return false;
      boostToRest(v, frame, observer.mass);
      return largestDifference(v, before) < 1e-13 * before[0]! * gamma * gamma;
    }),
  );
  t.pass();
});

test('tabulated parton densities are within 5e-5 of the formulas below x = 0.3', (t) => {
  const table = new PartonDensities();
  const at = new Float64Array(DENSITIES);
  for (let logX = -7.55; logX < Math.log(0.3); logX += 0.00173) {
    const exact = partonDensities(Math.exp(logX));
    table.at(logX, at);
    for (const [k, value] of exact.entries())
      t.true(Math.abs(at[k]! / value - 1) < 5e-5, `density ${k} at ln x = ${logX}`);
  }
});

test('half of all resonances are lighter than their pole, and none is beyond 15 widths', (t) => {
  const rng = new Rng(1);
  for (const resonance of [TOP, W_BOSON]) {
    const masses = Float64Array.from({ length: 40_000 }, () => resonance.draw(rng)).sort();
    t.true(masses[0]! >= resonance.lowest && masses.at(-1)! <= resonance.highest);
    // The median of m^2 moves by the slight asymmetry of the cuts; four standard errors are 0.016 widths.
    t.true(Math.abs(masses[20_000]! - resonance.mass) < 0.05 * resonance.width);
    // A quarter lies more than half a width below.
    t.true(Math.abs(masses[10_000]! - (resonance.mass - resonance.width / 2)) < 0.06 * resonance.width);
  }
});

test('W bosons in top decays follow the Breit-Wigner times the phase space of the decay', (t) => {
  const rng = new Rng(2);
  const draws = 40_000;
  let above = 0;
  for (let i = 0; i < draws; i++) if (drawWMass(TOP.mass, rng) > W_BOSON.mass) above++;
  const density = (m: number): number => {
    const s = m * m;
    const r = s / TOP.mass ** 2;
    const running = (s * W_BOSON.width) / W_BOSON.mass;
    return ((m * running) / ((s - W_BOSON.mass ** 2) ** 2 + running ** 2)) * (1 - r) ** 2 * (1 + 2 * r);
  };
  const { lowest, highest } = W_BOSON;
  const integral = (from: number, to: number): number => {
    const steps = 20_000;
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += density(from + ((i + 0.5) * (to - from)) / steps);
    return (sum * (to - from)) / steps;
  };
  const expected = integral(W_BOSON.mass, highest) / integral(lowest, highest);
  t.true(Math.abs(above / draws - expected) < 4 * Math.sqrt(0.25 / draws));
});

test('the mean helicity cosine is (F_R - F_L) / 2', (t) => {
  const rng = new Rng(3);
  let sum = 0;
  const draws = 100_000;
  for (let i = 0; i < draws; i++) sum += drawHelicityCosine(rng);
  t.true(Math.abs(sum / draws + 0.1545) < (4 * 0.5) / Math.sqrt(draws));
});

test('an alias table draws in proportion to its weights', (t) => {
  const rng = new Rng(4);
  const weights = Float64Array.of(0, 3, 1, 0.5, 5.5);
  const table = new AliasTable(weights);
  const counts = new Float64Array(5);
  const draws = 100_000;
  for (let i = 0; i < draws; i++) counts[table.draw(rng)]!++;
  for (const [i, weight] of weights.entries()) {
    const share = weight / 10;
    t.true(Math.abs(counts[i]! / draws - share) <= 4 * Math.sqrt((share * (1 - share)) / draws));
  }
});

test('unit-weight scatterings have the moments of the weighted ones', (t) => {
  const rng = new Rng(5);
  const process = new HardProcess(monashTune);
  const point = { firstMass: 0, secondMass: 0, logTau: 0, rapidity: 0, cosTheta: 0, gluonFusion: false };
  const moments = () => [point.logTau, Math.abs(point.rapidity), point.cosTheta ** 2, (point.firstMass - TOP.mass) / 3];
  const weighted = new Moments();
  for (let i = 0; i < 400_000; i++) {
    point.firstMass = TOP.draw(rng);
    point.secondMass = TOP.draw(rng);
    const lowest = 2 * Math.log((point.firstMass + point.secondMass) / 13_000);
    // ln tau falls roughly as tau^-1.35 from the threshold.
    const v = rng.uniform();
    point.logTau = lowest - Math.log(v) / 1.35;
    point.rapidity = (rng.uniform() - 0.5) * -point.logTau;
    point.cosTheta = 2 * rng.uniform() - 1;
    const weight = point.logTau < 0 ? (process.crossSection(point) * -point.logTau) / v : 0;
    weighted.add([...moments(), process.gluonShare], weight);
  }
  const unweighted = new Moments();
  const counters = { tried: 0, overweights: 0 };
  for (let i = 0; i < 100_000; i++) {
    const copies = model.scatterings.draw(point, rng, counters);
    unweighted.add([...moments(), point.gluonFusion ? 1 : 0], copies);
  }
  for (let k = 0; k < 5; k++) {
    const error = Math.hypot(weighted.errorOf(k), unweighted.errorOf(k));
    t.true(Math.abs(weighted.meanOf(k) - unweighted.meanOf(k)) < 4 * error, `moment ${k}`);
  }
  t.true(counters.overweights / counters.tried < 1e-3);
  t.true(counters.tried < 2 * 100_000, 'few tries are wasted');
});

/** Weighted means and their standard errors, from sums. */
class Moments {
  readonly #sums = new Float64Array(2);
  readonly #firsts = new Float64Array(5);
  readonly #squares = new Float64Array(5);
  readonly #crosses = new Float64Array(5);

  add(values: readonly number[], weight: number): void {
    this.#sums[0]! += weight;
    this.#sums[1]! += weight * weight;
    for (const [k, value] of values.entries()) {
      this.#firsts[k]! += weight * value;
      this.#crosses[k]! += weight * weight * value;
      this.#squares[k]! += (weight * value) ** 2;
    }
  }

  meanOf(k: number): number {
    return this.#firsts[k]! / this.#sums[0]!;
  }

  errorOf(k: number): number {
    const mean = this.meanOf(k);
    return Math.sqrt(this.#squares[k]! - 2 * mean * this.#crosses[k]! + mean * mean * this.#sums[1]!) / this.#sums[0]!;
  }
}

/** Anti-kT as its definition reads, of order n^3: the smallest of all distances, again and again. */
function bruteForceJets(particles: readonly FourVector[], radius: number): FourVector[] {
  const left = particles.map((particle) => particle.slice());
  const jets: FourVector[] = [];
  const rapidity = (v: FourVector) => 0.5 * Math.log((v[0]! + v[3]!) / (v[0]! - v[3]!));
  const weight = (v: FourVector) => 1 / (v[1]! ** 2 + v[2]! ** 2);
  while (left.length > 0) {
    let best = { distance: Number.POSITIVE_INFINITY, i: 0, j: -1 };
    for (const [i, a] of left.entries()) {
      if (weight(a) < best.distance) best = { distance: weight(a), i, j: -1 };
      for (let j = i + 1; j < left.length; j++) {
        const b = left[j]!;
        const turn = Math.abs(Math.atan2(a[2]!, a[1]!) - Math.atan2(b[2]!, b[1]!));
        const separation = (rapidity(a) - rapidity(b)) ** 2 + Math.min(turn, 2 * Math.PI - turn) ** 2;
        const distance = (Math.min(weight(a), weight(b)) * separation) / radius ** 2;
        if (distance < best.distance) best = { distance, i, j };
      }
    }
    const [gone] = left.splice(best.j < 0 ? best.i : best.j, 1);
    if (best.j < 0) jets.push(gone!);
    else for (let k = 0; k < 4; k++) left[best.i]![k]! += gone![k]!;
  }
  return jets;
}

const particle = fc.record({
  mass: fc.double({ min: 0.1, max: 5, noNaN: true }),
  pt: fc.double({ min: 0.5, max: 200, noNaN: true }),
  eta: fc.double({ min: -3, max: 3, noNaN: true }),
  phi: fc.double({ min: -3.14, max: 3.14, noNaN: true }),
});

test('anti-kT finds the jets that its definition gives', (t) => {
  const clustering = new AntiKt(0.5);
  const list = new PartonList();
  fc.assert(
    fc.property(fc.array(particle, { minLength: 0, maxLength: 30 }), (particles) => {
      list.clear();
      for (const { mass, pt, eta, phi } of particles) {
        list.add(0).set(vector({ mass, px: pt * Math.cos(phi), py: pt * Math.sin(phi), pz: pt * Math.sinh(eta) }));
      }
      const momenta = list.momenta.slice(0, list.count);
      clustering.cluster(list);
      const order = (a: FourVector, b: FourVector) => a[0]! - b[0]! || a[1]! - b[1]!;
      const found = clustering.jets
        .slice(0, clustering.count)
        .map((jet) => jet.slice())
        .sort(order);
      const expected = bruteForceJets(momenta, 0.5).sort(order);
      if (found.length !== expected.length) return false;
      const sums = found.map(() => fourVector());
      for (const [i, one] of momenta.entries()) for (let k = 0; k < 4; k++) sums[clustering.jetOf[i]!]![k]! += one[k]!;
      const same = (a: FourVector[], b: FourVector[]) =>
        a.every((jet, i) => largestDifference(jet, b[i]!) < 1e-9 * jet[0]!);
      return same(found, expected) && same(sums.sort(order), expected);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

const events = new TtbarGenerator(new Rng(6), model).generate(4000);

function row(event: number, particle: number): { mass: number; vector: FourVector } {
  const at = (event * 11 + particle) * 5;
  return { mass: events.momenta[at]!, vector: Float64Array.from(events.momenta.subarray(at + 1, at + 5)) };
}

test('momenta of decay products add up to 1e-3 GeV', (t) => {
  const sums = [
    [6, 1, 2],
    [7, 4, 5],
    [8, 0, 6],
    [9, 3, 7],
    [10, 8, 9],
  ] as const;
  let worst = 0;
  for (let event = 0; event < events.size; event++) {
    for (const [whole, first, second] of sums) {
      const [sum, a, b] = [whole, first, second].map((particle) => row(event, particle).vector) as [
        FourVector,
        FourVector,
        FourVector,
      ];
      for (let k = 0; k < 4; k++) worst = Math.max(worst, Math.abs(sum[k]! - a[k]! - b[k]!));
    }
  }
  t.true(worst < 1e-3, `${worst} GeV`);
});

test('the mass column is the mass of the momenta', (t) => {
  for (let event = 0; event < events.size; event++) {
    for (let particle = 0; particle < 11; particle++) {
      const { mass, vector: v } = row(event, particle);
      // Rounding of E and p to float32 moves m^2 by a few 1e-7 E^2.
      t.true(Math.abs(invariantMass(v) ** 2 - mass ** 2) < 5e-7 * v[0]! ** 2);
    }
  }
});

test('every event passes the selection, its jets in falling pT', (t) => {
  const { jets, lepton } = events.groups;
  for (let event = 0; event < events.size; event++) {
    const count = jets.lengths[event]!;
    const at = event * 20;
    const tags = jets.btag.subarray(at, at + count).reduce((sum, tag) => sum + tag, 0);
    t.true(count >= 4 && tags >= 2);
    t.true(lepton.pt[event]! > 25 && Math.abs(lepton.eta[event]!) < (lepton.is_electron[event] ? 2.5 : 2.4));
    for (let j = at; j < at + count; j++) {
      t.true(jets.pt[j]! > 25 && Math.abs(jets.eta[j]!) < 2.5 && Math.abs(jets.phi[j]!) <= Math.fround(Math.PI));
      if (j > at) t.true(jets.pt[j]! <= jets.pt[j - 1]!);
    }
    t.true(jets.pt.subarray(at + count, at + 20).every((pt) => pt === 0));
  }
});

test('charges of the decay products add up to those of the tops', (t) => {
  const ids = events.extras['/partons/pdg_id'];
  // In thirds, for the ids in the file.
  const charges: Readonly<Record<number, number>> = {
    1: -1,
    2: 2,
    3: -1,
    4: 2,
    5: -1,
    6: 2,
    11: -3,
    12: 0,
    13: -3,
    14: 0,
    24: 3,
  };
  const charge = (id: number) => Math.sign(id) * charges[Math.abs(id)]!;
  for (let event = 0; event < events.size; event++) {
    const q = Array.from(ids.subarray(event * 11, event * 11 + 10), charge);
    t.is(q[6], q[1]! + q[2]!);
    t.is(q[7], q[4]! + q[5]!);
    t.is(q[8], q[0]! + q[6]!);
    t.is(q[9], q[3]! + q[7]!);
    t.is(q[8]! + q[9]!, 0);
    t.is(q[2], 3 * events.groups.lepton.charge[event]!);
  }
});

test('a generator gives the same events again from the same stream, whoever else uses the model', (t) => {
  new TtbarGenerator(new Rng(99), model).generate(10);
  const again = new TtbarGenerator(new Rng(6), model).generate(4000);
  t.deepEqual(again.momenta, events.momenta);
  t.deepEqual(again.groups, events.groups);
});
