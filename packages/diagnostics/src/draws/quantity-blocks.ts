import type { EventSpec } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES, type KinematicQuantity } from '@unfold-zoo/core/events';
import { type Kinematics, kinematics, particleMomenta, partonColumns } from '@unfold-zoo/metrics';
import type { EvaluatedBlock } from './evaluated-blocks.js';

/** One quantity of one particle. */
export interface ParticleColumn {
  /** Index in the event description. */
  readonly particle: number;
  readonly quantity: KinematicQuantity;
}

/** All quantities of all particles, particle by particle, in the order of tables. */
export function particleColumns(spec: EventSpec): ParticleColumn[] {
  return spec.particles.flatMap((_, particle) => KINEMATIC_QUANTITIES.map((quantity) => ({ particle, quantity })));
}

/** One quantity of the events of a block. */
export interface QuantityBlock extends ParticleColumn {
  /** [size]. */
  readonly truth: Float64Array;
  /** Row-major [size, draws]. */
  readonly draws: Float64Array;
}

/** The quantities of every particle in row-major [n, P] partons in physical units. */
export function kinematicsOfAll(spec: EventSpec, partons: Parameters<typeof partonColumns>[1]): Kinematics[] {
  const columns = partonColumns(spec, partons);
  return spec.particles.map((_, particle) => kinematics(particleMomenta(columns, particle)));
}

/** Each quantity of each particle in a block, in the order of `particleColumns`. */
export function* quantityBlocks(spec: EventSpec, block: EvaluatedBlock): Generator<QuantityBlock> {
  const [truth, draws] = [partonColumns(spec, block.truth), partonColumns(spec, block.partons)];
  for (const particle of spec.particles.keys()) {
    const [ofTruth, ofDraws] = [truth, draws].map((columns) => kinematics(particleMomenta(columns, particle)));
    for (const quantity of KINEMATIC_QUANTITIES)
      yield { particle, quantity, truth: ofTruth![quantity], draws: ofDraws![quantity] };
  }
}

/** Whether a quantity is an angle about the beam, of which pi and -pi are the same. */
export function isAngle(quantity: KinematicQuantity): boolean {
  return quantity === 'phi';
}

const SYMBOLS: Readonly<Record<KinematicQuantity, string>> = {
  mass: 'm',
  pt: 'pT',
  eta: 'η',
  phi: 'φ',
  energy: 'E',
  px: 'px',
  py: 'py',
  pz: 'pz',
};

/** How text writes a quantity, e.g. `pT`. */
export function symbolOf(quantity: KinematicQuantity): string {
  return SYMBOLS[quantity];
}

/** How text names a quantity of a particle, e.g. `Hadronic t pT`. */
export function columnName(spec: EventSpec, { particle, quantity }: ParticleColumn): string {
  return `${spec.particles[particle]!.label} ${symbolOf(quantity)}`;
}
