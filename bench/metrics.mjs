import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import { QUANTITIES } from '@unfold-zoo/core/events';
import { evaluateModels } from '@unfold-zoo/metrics';

export const options = {
  events: { type: 'string', default: '1000000', description: 'True events, and as many predicted ones.' },
  particles: { type: 'string', default: '11', description: 'Particles of eight quantities each.' },
  models: { type: 'string', default: '1', description: 'Models that are compared with the same truth.' },
  replicas: { type: 'string', default: '0', description: 'Bootstrap replicas; 0 for no errors.' },
  threads: { type: 'string', default: '1', description: 'Worker threads.' },
  floor: { type: 'boolean', default: false, description: 'Compare the truth with an independent truth too.' },
  write: { type: 'string', description: 'Write the columns to this folder, for bench/peers, and stop.' },
};

/**
 * Seconds for the six distances of the paper on events that resemble jets: steep spectra, a mass peak, a wide beam
 * axis.
 */
export async function run({ events, particles, models, replicas, threads, floor, write }) {
  const [count, size] = [Number(events), Number(particles)];
  const spec = {
    name: 'benchmark',
    particles: Array.from({ length: size }, (_, i) => ({ name: `p${i}`, label: `P${i}` })),
    inputs: {},
  };
  const truth = simulate(count, size, 'truth', 1);
  if (write !== undefined) {
    mkdirSync(write, { recursive: true });
    writeFileSync(join(write, 'truth.f64'), truth);
    writeFileSync(join(write, 'predicted.f64'), simulate(count, size, 'model 0', 1.02));
    return { written: write };
  }
  const predicted = Array.from({ length: Number(models) }, (_, i) => simulate(count, size, `model ${i}`, 1.02));
  const start = performance.now();
  const cpu = process.cpuUsage();
  const reports = await evaluateModels({
    spec,
    truth: columns(truth, count),
    models: predicted.map((values, i) => ({ label: `model ${i}`, predicted: columns(values, count) })),
    bootstrap: { replicas: Number(replicas) },
    threads: Number(threads),
    rng: new Rng(1),
    ...(floor && { floor: columns(simulate(count, size, 'floor', 1), count) }),
  });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    totals: reports[0].report.distances.totals.map(({ value }) => value),
    memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** [particles][mass, logE, px, py, pz][events]. */
function simulate(events, particles, name, scale) {
  const rng = new Rng(1).fork(name);
  const values = new Float64Array(particles * QUANTITIES.length * events);
  for (let p = 0; p < particles; p++) {
    const [mass, logE, px, py, pz] = QUANTITIES.map((_, q) => column(values, p * QUANTITIES.length + q, events));
    for (let i = 0; i < events; i++) {
      const pt = 20 + 60 * scale * rng.exponential();
      const phi = 2 * Math.PI * rng.uniform();
      // Single precision, as files hold it: some values repeat.
      mass[i] = Math.fround(173 + 2 * scale * rng.normal());
      px[i] = Math.fround(pt * Math.cos(phi));
      py[i] = Math.fround(pt * Math.sin(phi));
      pz[i] = Math.fround(pt * Math.sinh(1.2 * rng.normal()));
      logE[i] = Math.fround(Math.log(Math.hypot(mass[i], px[i], py[i], pz[i])));
    }
  }
  return values;
}

function columns(values, events) {
  return {
    count: events,
    column: (particle, quantity) => column(values, particle * QUANTITIES.length + QUANTITIES.indexOf(quantity), events),
  };
}

function column(values, index, events) {
  return values.subarray(index * events, (index + 1) * events);
}
