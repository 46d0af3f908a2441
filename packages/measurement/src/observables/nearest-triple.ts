import { addMomenta, mass, momentum } from './values/four-vectors.js';
import type { MomentumValue, ObjectsValue } from './values/values.js';

/**
 * The sum of the three objects of each event whose mass is nearest to `wanted` [n], GeV; all NaN for events with fewer
 * than three. The usual candidate for a top quark that decays to three jets.
 */
export function nearestTriple(objects: ObjectsValue, wanted: Float64Array): MomentumValue {
  const none = (): Float64Array => new Float64Array(wanted.length).fill(Number.NaN);
  const nearest = momentum({ energy: none(), px: none(), py: none(), pz: none() });
  const distance = new Float64Array(wanted.length).fill(Number.POSITIVE_INFINITY);
  for (const candidate of triples(objects)) {
    // Of objects that an event has not, the mass is NaN, which is no nearer than anything.
    for (const [event, found] of mass(candidate).entries()) {
      const away = Math.abs(found - wanted[event]!);
      if (!(away < distance[event]!)) continue;
      distance[event] = away;
      for (const part of ['energy', 'px', 'py', 'pz'] as const) nearest[part][event] = candidate[part][event]!;
    }
  }
  return nearest;
}

function* triples({ capacity, element }: ObjectsValue): Generator<MomentumValue> {
  for (let a = 0; a < capacity; a++)
    for (let b = a + 1; b < capacity; b++) {
      const pair = addMomenta(element(a), element(b));
      for (let c = b + 1; c < capacity; c++) yield addMomenta(pair, element(c));
    }
}
