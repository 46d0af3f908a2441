import { type EventSpec, UserError } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES, type KinematicQuantity } from '@unfold-zoo/core/events';
import { particleColumns } from '@unfold-zoo/diagnostics';
import { axisTitle, type FigureChoice, posteriorChoices, unitOf } from '@unfold-zoo/report';
import type { QuantityView } from '../view/event-view.js';

/** How pages name a quantity of a particle: `hadronic_top.mass`. */
export function keyOf(spec: EventSpec, { particle, quantity }: FigureChoice): string {
  return `${spec.particles[particle]!.name}.${quantity}`;
}

/** What pages say of every quantity. */
export function quantityViews(spec: EventSpec): QuantityView[] {
  return particleColumns(spec).map((choice) => ({
    key: keyOf(spec, choice),
    title: axisTitle(spec, choice),
    unit: unitOf(choice.quantity),
    isAngle: choice.quantity === 'phi',
  }));
}

/** Keys of those that are shown first. */
export function shownKeys(spec: EventSpec): string[] {
  return posteriorChoices(spec).map((choice) => keyOf(spec, choice));
}

/** The quantity of a key. @throws UserError for one that the topology does not have. */
export function choiceOf(spec: EventSpec, key: string): FigureChoice {
  const [name, quantity] = key.split('.', 2);
  const particle = spec.particles.findIndex((each) => each.name === name);
  const isKnown = KINEMATIC_QUANTITIES.includes(quantity as KinematicQuantity);
  if (particle >= 0 && isKnown) return { particle, quantity: quantity as KinematicQuantity };
  throw new UserError(`unknown quantity "${key}": expected a particle and one of ${KINEMATIC_QUANTITIES.join(', ')}`);
}
