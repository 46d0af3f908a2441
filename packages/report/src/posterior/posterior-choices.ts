import type { EventSpec } from '@unfold-zoo/core';
import { highlights } from '../figures/distribution-figures.js';
import { type FigureChoice, figureChoice } from '../figures/quantity-names.js';

/** What is shown of one event's posterior: what the topology names, or the distributions that a report shows first. */
export function posteriorChoices(spec: EventSpec): FigureChoice[] {
  return spec.figures?.posterior?.map((each) => figureChoice(spec, each)) ?? highlights(spec);
}
