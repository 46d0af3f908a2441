import type { DrawnParticle, PosteriorView } from './event-view.js';

/** Draws whose particles are shown as points. */
export const CLOUD = 200;

/** Draws for an event and more draws for the same event; what the detector reads is that of the first. */
export function joinPosteriors(first: PosteriorView, more: PosteriorView): PosteriorView {
  const keys = Object.keys(more.values);
  return {
    draws: first.draws + more.draws,
    notFinite: first.notFinite + more.notFinite,
    values: Object.fromEntries(keys.map((key) => [key, [...(first.values[key] ?? []), ...more.values[key]!]])),
    readings: Object.keys(first.readings).length > 0 ? first.readings : more.readings,
    cloud: more.cloud.map((particle, i) => joined(first.cloud[i], particle)),
  };
}

function joined(first: DrawnParticle | undefined, more: DrawnParticle): DrawnParticle {
  const both = (quantity: 'pt' | 'eta' | 'phi'): number[] =>
    [...(first?.[quantity] ?? []), ...more[quantity]].slice(0, CLOUD);
  return { name: more.name, label: more.label, pt: both('pt'), eta: both('eta'), phi: both('phi') };
}
