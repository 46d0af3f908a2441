import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import type { ObservedEvent, Topology } from '@unfold-zoo/data';
import { readingOf } from '@unfold-zoo/diagnostics';
import type { DetectorObject, ObjectPlace } from '../view/event-view.js';

/**
 * The objects of the one event of a block that have a transverse momentum, in the order of their inputs.
 * @param observed the same event by groups, where it can be told: then objects say where they are in it.
 */
export function detectorObjects(
  spec: EventSpec,
  event: HostEvents,
  { topology, observed }: { readonly topology: Topology | undefined; readonly observed: ObservedEvent | undefined },
): DetectorObject[] {
  return Object.entries(spec.inputs).flatMap(([input, { features, capacity }]) => {
    const places = topology && observed ? placesOf(topology, input, observed) : [];
    const { features: values, mask } = event.inputs[input]!;
    return Array.from({ length: capacity }, (_, slot) => slot).flatMap((slot): DetectorObject[] => {
      if (mask[slot] === 0) return [];
      const named = Object.fromEntries(features.map(({ name }, f) => [name, values[slot * features.length + f]!]));
      const { pt = Number.NaN, phi = Number.NaN, eta } = readingOf(byQuantity(features, named));
      if (!(Number.isFinite(pt) && Number.isFinite(phi))) return [];
      const own = features.find(({ scaling, unit, name }) => scaling === 'none' && unit === '' && named[name] === 1);
      const place = places[slot];
      return [
        {
          input,
          label: own?.name ?? input,
          isLepton: own?.lepton === true,
          pt,
          phi,
          ...(eta !== undefined && { eta }),
          ...(place && { place }),
        },
      ];
    });
  });
}

/** Features by what they are of the momentum, e.g. `pt` for `met`. */
function byQuantity(features: EventSpec['inputs'][string]['features'], named: Readonly<Record<string, number>>) {
  return Object.fromEntries(features.map(({ name, quantity }) => [quantity ?? name, named[name]!]));
}

/** Objects of the groups of an input stand one after the other. */
function placesOf(topology: Topology, input: string, observed: ObservedEvent): ObjectPlace[] {
  return topology.inputs[input]!.groups.flatMap(({ name, capacity, momentum }) => {
    const columns = Object.fromEntries(
      (['pt', 'eta', 'phi'] as const).flatMap((each) => {
        const column = momentum[each];
        return typeof column === 'string' ? [[each, column] as const] : [];
      }),
    );
    if (capacity === undefined) return [{ group: name, columns }];
    return (observed[name] as readonly unknown[]).map((_, index) => ({ group: name, index, columns }));
  });
}
