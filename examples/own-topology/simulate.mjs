// Toy events of pp -> Z + jets, Z -> e e or mu mu, written in the layout that `data: { kind: hdf5 }` reads:
//   node simulate.mjs train.h5 20000 1
// It shows how events of any origin become a file. Spectra are shaped by hand and are no prediction: pT of the Z falls
// as a power, its rapidity is Gaussian, it decays isotropically, and the recoil is one parton of which jets are pieces.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Rng } from '@unfold-zoo/core';
import { BreitWigner, boost, fourVector, loadTopology, writeEvents } from '@unfold-zoo/data';

const topology = loadTopology(fileURLToPath(new URL('z-jets.yaml', import.meta.url)));
const JETS = topology.inputs.jets.groups[0].capacity;
const LEPTONS = topology.inputs.leptons.groups[0].capacity;
const PARTICLES = topology.particles.length;
const BLOCK = 4096;

/** Mass and width of the Z, and lepton masses, in GeV (PDG 2022). */
const Z = new BreitWigner(91.1876, 2.4952);
const LEPTON = [
  { isElectron: 1, mass: 0.000511 },
  { isElectron: 0, mass: 0.10566 },
];
/** Leptons: relative resolution of pT, and what is selected, in GeV. */
const LEPTON_CUT = { resolution: 0.015, pt: 25, eta: 2.5 };
/** Jets: relative resolution of pT sqrt(a^2 + b^2 / pT), and what is selected. */
const JET_CUT = { constant: 0.05, stochastic: 0.8, pt: 25, eta: 2.5 };

const { positionals } = parseArgs({ allowPositionals: true });
const [path, events, seed] = [positionals[0], Number(positionals[1]), Number(positionals[2] ?? 0)];
if (!path || !(Number.isSafeInteger(events) && events > 0) || !(Number.isSafeInteger(seed) && seed >= 0)) {
  console.error('expected a file to write, a number of events and a seed: node simulate.mjs train.h5 20000 1');
  process.exit(2);
}
await writeEvents(path, topology, blocks(events, new Rng(seed)), { generator: 'toy Z + jets', seed });
console.error(`wrote ${events} events to ${path}`);

function* blocks(total, rng) {
  for (let done = 0; done < total; done += BLOCK) yield block(Math.min(BLOCK, total - done), rng);
}

/** Events as files hold them: momenta [n, particles, 5], sets [n, capacity] padded with zeros, single objects [n]. */
function block(size, rng) {
  const set = (capacity) => ({
    lengths: new Uint8Array(size),
    ...Object.fromEntries(['pt', 'eta', 'phi', 'mass'].map((name) => [name, new Float32Array(size * capacity)])),
  });
  const raw = {
    size,
    momenta: new Float32Array(size * PARTICLES * 5),
    groups: {
      jets: set(JETS),
      leptons: { ...set(LEPTONS), charge: new Int8Array(size * LEPTONS), is_electron: new Uint8Array(size * LEPTONS) },
      met: { met: new Float32Array(size), phi: new Float32Array(size) },
    },
  };
  for (let event = 0; event < size; event++) record(raw, event, selected(rng));
  return raw;
}

/** Draws events until the detector sees both leptons and a jet. */
function selected(rng) {
  for (;;) {
    const truth = simulate(rng);
    const seen = observe(truth, rng);
    if (seen) return { truth, seen };
  }
}

/** Truth: [lepton minus, lepton plus, Z, recoil], each [E, px, py, pz] with its mass. */
function simulate(rng) {
  const mass = Z.draw(rng);
  const pt = 30 / (1 - rng.uniform()) ** (1 / 2.5);
  const phi = angle(rng);
  const z = momentum(mass, pt, 1.2 * rng.normal(), phi);
  const recoil = momentum(0, pt, 1.5 * rng.normal(), phi + Math.PI);
  const lepton = LEPTON[rng.integer(2)];
  const [minus, plus] = decay(z, mass, lepton.mass, rng);
  return {
    isElectron: lepton.isElectron,
    particles: [
      { mass: lepton.mass, vector: minus },
      { mass: lepton.mass, vector: plus },
      { mass, vector: z },
      { mass: 0, vector: recoil },
    ],
  };
}

/** Two particles of equal mass, back to back and isotropic where their parent rests. */
function decay(parent, mass, child, rng) {
  const p = Math.sqrt((mass * mass) / 4 - child * child);
  const cosine = 2 * rng.uniform() - 1;
  const sine = Math.sqrt(1 - cosine * cosine);
  const phi = angle(rng);
  return [1, -1].map((sign) => {
    const vector = fourVector();
    vector.set([mass / 2, sign * p * sine * Math.cos(phi), sign * p * sine * Math.sin(phi), sign * p * cosine]);
    boost(vector, parent, mass);
    return vector;
  });
}

/** What the detector sees; undefined where the selection is not passed. */
function observe({ isElectron, particles }, rng) {
  const [minus, plus, , recoil] = particles;
  const leptons = [minus, plus].map(({ mass, vector }, i) => {
    const { pt, eta, phi } = direction(vector);
    return {
      pt: pt * (1 + LEPTON_CUT.resolution * rng.normal()),
      eta,
      phi,
      mass,
      charge: 2 * i - 1,
      is_electron: isElectron,
    };
  });
  if (leptons.some(({ pt, eta }) => pt < LEPTON_CUT.pt || Math.abs(eta) > LEPTON_CUT.eta)) return undefined;
  const jets = pieces(recoil.vector, rng).map((jet) => measured(jet, rng));
  const kept = jets.filter(({ pt, eta }) => pt > JET_CUT.pt && Math.abs(eta) < JET_CUT.eta);
  if (kept.length === 0 || kept.length > JETS) return undefined;
  const objects = [...leptons, ...kept];
  const px = -objects.reduce((sum, { pt, phi }) => sum + pt * Math.cos(phi), 0);
  const py = -objects.reduce((sum, { pt, phi }) => sum + pt * Math.sin(phi), 0);
  return { leptons, jets: kept, met: { met: Math.hypot(px, py), phi: Math.atan2(py, px) } };
}

/** The recoil as jets: with probability 0.4 it splits in two within a unit of angle, and each piece may again. */
function pieces(vector, rng) {
  const jets = [direction(vector)];
  while (jets.length < JETS && rng.uniform() < 0.4) {
    const { pt, eta, phi } = jets.shift();
    const share = 0.2 + 0.6 * rng.uniform();
    for (const part of [share, 1 - share]) {
      jets.push({ pt: pt * part, eta: eta + 0.5 * rng.normal(), phi: phi + 0.5 * rng.normal() });
    }
  }
  return jets;
}

function measured({ pt, eta, phi }, rng) {
  const resolution = Math.hypot(JET_CUT.constant, JET_CUT.stochastic / Math.sqrt(pt));
  const seen = Math.max(1, pt * (1 + resolution * rng.normal()));
  return { pt: seen, eta, phi: wrapped(phi), mass: seen * (0.08 + 0.06 * rng.uniform()) };
}

function record({ momenta, groups }, event, { truth, seen }) {
  for (const [i, { mass, vector }] of truth.particles.entries())
    momenta.set([mass, ...vector], (event * PARTICLES + i) * 5);
  const fill = (columns, capacity, objects) => {
    columns.lengths[event] = objects.length;
    for (const [i, object] of objects.entries()) {
      for (const [name, value] of Object.entries(object)) columns[name][event * capacity + i] = value;
    }
  };
  fill(groups.jets, JETS, seen.jets);
  fill(groups.leptons, LEPTONS, seen.leptons);
  groups.met.met[event] = seen.met.met;
  groups.met.phi[event] = seen.met.phi;
}

/** [E, px, py, pz] of that mass, pT, rapidity and azimuth. */
function momentum(mass, pt, rapidity, phi) {
  const transverseMass = Math.hypot(mass, pt);
  const vector = fourVector();
  vector.set([
    transverseMass * Math.cosh(rapidity),
    pt * Math.cos(phi),
    pt * Math.sin(phi),
    transverseMass * Math.sinh(rapidity),
  ]);
  return vector;
}

function direction([, px, py, pz]) {
  const pt = Math.hypot(px, py);
  return { pt, eta: Math.asinh(pz / pt), phi: Math.atan2(py, px) };
}

function angle(rng) {
  return Math.PI * (2 * rng.uniform() - 1);
}

function wrapped(phi) {
  return Math.atan2(Math.sin(phi), Math.cos(phi));
}
