import type { EvaluatedDraws } from '../contracts/evaluation/evaluator.js';
import { type EventSpec, type HostEvents, partonWidth } from '../contracts/events/event-spec.js';
import { Rng } from '../rng.js';
import { needBackend } from './check.js';
import { eventsInMemory } from './events-in-memory.js';
import { testSetting } from './setting.js';

const DRAWS = 2;

/**
 * Two draws for each of 20 events of a topology, beside 100 training events: all numbers are standard normal, and every
 * slot holds an object.
 */
export function testDraws({ spec } = testSetting(), rng = new Rng(4)): EvaluatedDraws {
  const [train, test] = [normalEvents(spec, 100, rng.fork('train')), normalEvents(spec, 20, rng.fork('test'))];
  const partons = normals(test.size * DRAWS * partonWidth(spec), rng.fork('draws'));
  const source = eventsInMemory(spec, { train, test });
  const startEngine = needBackend;
  return { label: 'Model', source, split: 'test', start: 0, events: test.size, draws: DRAWS, partons, startEngine };
}

function normalEvents(spec: EventSpec, size: number, rng: Rng): HostEvents {
  const objects = Object.entries(spec.inputs).map(([name, { capacity, features }]) => [
    name,
    {
      features: normals(size * capacity * features.length, rng.fork(name)),
      mask: new Float32Array(size * capacity).fill(1),
    },
  ]);
  return { size, partons: normals(size * partonWidth(spec), rng), inputs: Object.fromEntries(objects) };
}

function normals(length: number, rng: Rng): Float32Array {
  return Float32Array.from({ length }, () => rng.normal());
}
