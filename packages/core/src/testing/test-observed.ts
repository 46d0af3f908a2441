import type { EventSpec, Feature, HostObjects, InputSpec, Observed } from '../contracts/events/event-spec.js';
import type { Rng } from '../rng.js';

/** GeV; a typical transverse momentum of an object. */
const TRANSVERSE_MOMENTUM = 50;

/**
 * What a detector may have seen of events, in physical units: full sets of objects, of which the last is the one that
 * measures a particle, where the topology says that one of its classes does.
 */
export function testObserved(spec: EventSpec, rng: Rng, events: number): Observed {
  const classes = spec.particles.flatMap(({ measuredBy }) => measuredBy?.classes ?? []);
  const inputs = Object.entries(spec.inputs).map(([name, input]) => [
    name,
    testObjects(input, new Set(classes), rng.fork(name), events),
  ]);
  return { size: events, inputs: Object.fromEntries(inputs) };
}

function testObjects(
  { features, capacity }: InputSpec,
  classes: ReadonlySet<string>,
  rng: Rng,
  events: number,
): HostObjects {
  const values = Float32Array.from({ length: events * capacity * features.length }, (_, i) => {
    const feature = features[i % features.length]!;
    const isLast = Math.floor(i / features.length) % capacity === capacity - 1;
    return classes.has(feature.name) ? Number(isLast) : featureValue(feature, rng);
  });
  return { features: values, mask: new Float32Array(events * capacity).fill(1) };
}

function featureValue({ quantity }: Feature, rng: Rng): number {
  if (quantity === 'pt' || quantity === 'energy' || quantity === 'mass') return TRANSVERSE_MOMENTUM * rng.uniform();
  if (quantity === 'phi') return Math.PI * (2 * rng.uniform() - 1);
  return quantity === undefined || quantity === 'eta' ? rng.normal() : TRANSVERSE_MOMENTUM * rng.normal();
}
