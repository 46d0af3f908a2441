import { type EventSpec, UserError } from '@unfold-zoo/core';
import { type EventScaling, PartonVector } from '@unfold-zoo/core/events';

/** Where the numbers of one particle stand among those that a model learns. */
export interface ParticleColumns {
  readonly name: string;
  /** px, py, pz. */
  readonly momentum: readonly [number, number, number];
}

/** Components of a momentum. */
const COMPONENTS = ['px', 'py', 'pz'] as const;

/** Numbers of the particles that are chosen at a time, one or two. */
export type Turn = readonly [number] | readonly [number, number];

/** The particles that one of several objects is seen of, and where these stand. */
export interface AssignedParticles {
  readonly particles: readonly ParticleColumns[];
  /** Which of them are chosen at a time: two with one parent together, before all others. */
  readonly turns: readonly Turn[];
  /** The particle that all others come of, where the topology has one and its momentum is among the numbers. */
  readonly origin?: ParticleColumns;
  /** Name of the input that holds the objects. */
  readonly input: string;
  /** Columns of the classes that an object may have; empty where any may be it. */
  readonly classes: readonly number[];
}

/**
 * The particles with `measuredByOneOf` of a topology.
 * @throws UserError for a topology without, for objects without a direction, and for a representation or a scaling in
 * which their momenta are no columns of their own.
 */
export function assignedParticles(spec: EventSpec, scaling: EventScaling): AssignedParticles {
  const found = spec.particles.filter(({ measuredByOneOf }) => measuredByOneOf);
  const first = found[0]?.measuredByOneOf;
  if (!first) {
    throw new UserError(
      `missing particles to assign: topology "${spec.name}" says of none among which detector objects it is; write ` +
        'measuredByOneOf at a particle, or leave assignment out',
    );
  }
  const other = found.find(({ measuredByOneOf: own }) => own!.input !== first.input || !isSame(own!, first));
  if (other) {
    throw new UserError(
      `invalid measuredByOneOf of ${other.name}: expected the group that ${found[0]!.name} has; assignment chooses ` +
        'among the objects of one group',
    );
  }
  const { features } = spec.inputs[first.input]!;
  const origin = originOf(spec, scaling);
  return {
    particles: found.map(({ name }) => columnsOf(name, spec, scaling)),
    turns: turnsOf(found, spec),
    ...(origin && { origin }),
    input: first.input,
    classes: first.classes.map((name) => features.findIndex((feature) => feature.name === name)),
  };
}

function turnsOf(assigned: EventSpec['particles'], spec: EventSpec): Turn[] {
  const daughters = spec.particles.map(({ decaysTo = [] }) =>
    assigned.flatMap(({ name }, i) => (decaysTo.includes(name) ? [i] : [])),
  );
  const pairs = daughters.filter((two): two is [number, number] => two.length === 2);
  const paired = new Set(pairs.flat());
  const others = assigned.flatMap((_, i): [number][] => (paired.has(i) ? [] : [[i]]));
  return [...pairs, ...others];
}

function isSame(a: { readonly classes: readonly string[] }, b: { readonly classes: readonly string[] }): boolean {
  return a.classes.join() === b.classes.join();
}

/** The one particle that no other decays to, if it decays. */
function originOf(spec: EventSpec, scaling: EventScaling): ParticleColumns | undefined {
  const daughters = new Set(spec.particles.flatMap(({ decaysTo = [] }) => decaysTo));
  const [root, ...others] = spec.particles.filter(({ name }) => !daughters.has(name));
  if (!root?.decaysTo?.length || others.length > 0) return undefined;
  const momentum = momentumColumns(root.name, spec, scaling);
  return momentum.includes(-1) ? undefined : { name: root.name, momentum };
}

/** Columns of px, py and pz of a particle; -1 where the representation has none. */
function momentumColumns(
  particle: string,
  spec: EventSpec,
  { representation }: EventScaling,
): readonly [number, number, number] {
  const all = (representation ?? new PartonVector(spec)).columns.map(({ name }) => name);
  return COMPONENTS.map((quantity) => all.indexOf(`${particle}.${quantity}`)) as [number, number, number];
}

function columnsOf(name: string, spec: EventSpec, scaling: EventScaling): ParticleColumns {
  const momentum = momentumColumns(name, spec, scaling);
  for (const [i, column] of momentum.entries()) {
    const quantity = COMPONENTS[i]!;
    if (column < 0) {
      throw new UserError(
        `invalid assignment: the representation has no column ${name}.${quantity}, which is to be described relative ` +
          'to a detector object; take representation.kind paper or decay-chain',
      );
    }
    if (scaling.normalScores?.has(column)) {
      throw new UserError(
        `invalid scaling.normalScores: ${quantity} is mapped to normal scores, and assignment describes the momentum ` +
          `of ${name} relative to a detector object; name it in scaling.asinh instead, or keep it out of the list`,
      );
    }
  }
  return { name, momentum };
}
