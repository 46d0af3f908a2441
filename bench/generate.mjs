import { Rng } from '@unfold-zoo/core';
import { TtbarGenerator, ttbarModel } from '@unfold-zoo/data';
import { median } from './shared/median.mjs';

export const options = {
  events: { type: 'string', default: '10000', description: 'Selected events per repetition.' },
  repetitions: { type: 'string', default: '5', description: 'Repetitions; the median is reported.' },
  seed: { type: 'string', default: '1', description: 'Seed of the events.' },
};

/**
 * Selected events per second of the built-in generator on one core: by processor time, which other load disturbs
 * little, and by the clock. The first repetition is not counted, as the code is compiled while it runs.
 */
export async function run({ events, repetitions, seed }) {
  const start = performance.now();
  const model = ttbarModel();
  const warmUpSeconds = (performance.now() - start) / 1000;
  const generator = new TtbarGenerator(new Rng(Number(seed)), model);
  generator.generate(Number(events));
  const timings = Array.from({ length: Number(repetitions) }, () => time(() => generator.generate(Number(events))));
  const { counters } = generator;
  return {
    eventsPerCpuSecond: Math.round(Number(events) / median(timings.map(({ cpu }) => cpu))),
    eventsPerSecond: Math.round(Number(events) / median(timings.map(({ wall }) => wall))),
    warmUpSeconds,
    efficiency: counters.selected / counters.generated,
    triesPerEvent: counters.tried / counters.generated,
    overweights: counters.overweights,
  };
}

function time(work) {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1000 };
}
