import { type EventSpec, UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import type { KinematicQuantity, ParticleQuantity } from '@unfold-zoo/core/events';
import { fileNameOf } from '@unfold-zoo/core/files';
import { escapeMarkup } from '../plot/svg.js';

const SYMBOLS: Readonly<Record<KinematicQuantity, { symbol: string; unit: string }>> = {
  mass: { symbol: 'm', unit: 'GeV' },
  pt: { symbol: 'p_T', unit: 'GeV' },
  eta: { symbol: 'η', unit: '' },
  phi: { symbol: 'φ', unit: 'rad' },
  energy: { symbol: 'E', unit: 'GeV' },
  px: { symbol: 'p_x', unit: 'GeV' },
  py: { symbol: 'p_y', unit: 'GeV' },
  pz: { symbol: 'p_z', unit: 'GeV' },
};

/** One quantity of one particle. */
export interface FigureChoice {
  /** Index in the event description. */
  readonly particle: number;
  readonly quantity: KinematicQuantity;
}

/**
 * The choice that names stand for.
 * @throws UserError for a particle that the event description does not have.
 */
export function figureChoice(spec: EventSpec, { particle, quantity }: ParticleQuantity): FigureChoice {
  const names = spec.particles.map(({ name }) => name);
  if (!names.includes(particle))
    throw new UserError(`unknown particle "${particle}"${alternatives(particle, 'particles', names)}`);
  return { particle: names.indexOf(particle), quantity };
}

/** The unit of a quantity; empty for a pure number. */
export function unitOf(quantity: KinematicQuantity): string {
  return SYMBOLS[quantity].unit;
}

/** The title of an axis in the markup of `richText`, e.g. `p_T(Hadronic t) [GeV]`. */
export function axisTitle(spec: EventSpec, { particle, quantity }: FigureChoice): string {
  const { symbol, unit } = SYMBOLS[quantity];
  return `${symbol}(${escapeMarkup(spec.particles[particle]!.label)})${unit && ` [${unit}]`}`;
}

/** Names of a choice that may stand in a file's name, e.g. `z-pt`. */
export function choiceName(spec: EventSpec, { particle, quantity }: FigureChoice): string {
  return fileNameOf(`${spec.particles[particle]!.name}-${quantity}`);
}
