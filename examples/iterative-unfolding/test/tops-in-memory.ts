import { type EvaluatedDraws, type EventSpec, type HostEvents, Rng } from '@unfold-zoo/core';
import { truePartons } from '@unfold-zoo/core/events';
import { eventsInMemory } from '@unfold-zoo/core/testing';

const FEATURES = ['energy', 'px', 'py', 'pz', 'b_jet', 'muon', 'electron'];
const CAPACITY = 4;
const TOP_MASS = 172.69;

export const SPEC: EventSpec = {
  name: 'one top',
  particles: [{ name: 'hadronic_top', label: 'Hadronic t' }],
  inputs: {
    objects: {
      features: FEATURES.map((name) => ({ name, unit: '', scaling: 'none' as const })),
      capacity: CAPACITY,
    },
  },
};

/**
 * Tops whose transverse momentum falls exponentially, seen as three jets, each with a third of a momentum that is
 * measured with 15 % error, beside a muon; one in ten has no b jet.
 */
export function tops(size: number, meanPt: number, rng: Rng): HostEvents {
  const partons = new Float32Array(size * 5);
  const features = new Float32Array(size * CAPACITY * FEATURES.length);
  for (let event = 0; event < size; event++) {
    const pt = meanPt * rng.exponential();
    const seen = pt * Math.max(0, 1 + 0.15 * rng.normal());
    partons.set([TOP_MASS, Math.log(Math.hypot(TOP_MASS, pt)), pt, 0, 0], event * 5);
    const isTagged = rng.uniform() < 0.9;
    const jet = (b: number) => [Math.hypot(TOP_MASS, seen) / 3, seen / 3, 0, 0, b, 0, 0];
    const objects = [[50, 50, 0, 0, 0, 1, 0], jet(Number(isTagged)), jet(0), jet(0)];
    features.set(objects.flat(), event * CAPACITY * FEATURES.length);
  }
  const mask = new Float32Array(size * CAPACITY).fill(1);
  return { size, partons, inputs: { objects: { features, mask } } };
}

/** Two draws an event that are true tops of other events. */
export function drawn(): EvaluatedDraws {
  const rng = new Rng(9);
  const [train, test] = [tops(4000, 100, rng.fork('train')), tops(1000, 100, rng.fork('test'))];
  const partons = truePartons(tops(2000, 100, rng.fork('draws')));
  const source = eventsInMemory(SPEC, { train, test });
  return { label: 'Model', source, split: 'test', start: 0, events: 1000, draws: 2, partons };
}
