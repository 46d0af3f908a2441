import type { EventSpec } from '@unfold-zoo/core';

/** The names of particles and features of events, as a text: events of one layout mean the same by the same numbers. */
export function layoutOf({ particles, inputs }: EventSpec): string {
  const features = Object.entries(inputs).map(([name, input]) => [name, input.features.map((each) => each.name)]);
  return JSON.stringify([particles.map(({ name }) => name), features]);
}
