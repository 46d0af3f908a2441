import { alternatives } from '../config/nearest.js';
import type { Particle } from '../contracts/events/event-spec.js';
import { UserError } from '../errors.js';

/** A particle and those that it decays to, by their places among the particles. */
export interface Decay {
  readonly parent: number;
  readonly daughters: readonly number[];
}

/** A mistake among declared decays. */
export interface DecayProblem {
  /** Place of the particle whose `decaysTo` is wrong. */
  readonly parent: number;
  /** Place in its `decaysTo`. */
  readonly daughter: number;
  /** E.g. `duplicate parent of hadronic_b: hadronic_W decays to it too`. */
  readonly message: string;
}

/**
 * What is wrong with the decays that particles declare: a name that no particle has, a particle of two parents or
 * twice of one, and circles.
 */
export function decayProblems(particles: readonly Pick<Particle, 'name' | 'decaysTo'>[]): DecayProblem[] {
  const places = new Map(particles.map(({ name }, place) => [name, place]));
  const parents = new Map<string, string>();
  return particles.flatMap(({ name, decaysTo = [] }, parent) =>
    decaysTo.flatMap((daughter, place): DecayProblem[] => {
      const message = problemOf(name, daughter, { places, parents });
      if (message === undefined) parents.set(daughter, name);
      return message === undefined ? [] : [{ parent, daughter: place, message }];
    }),
  );
}

/** What is known of decays that have been looked at. */
interface Known {
  readonly places: ReadonlyMap<string, number>;
  /** Name of a particle's parent by that of the particle. */
  readonly parents: ReadonlyMap<string, string>;
}

function problemOf(parent: string, daughter: string, { places, parents }: Known): string | undefined {
  if (!places.has(daughter))
    return `unknown particle "${daughter}"${alternatives(daughter, 'particles', [...places.keys()])}`;
  const other = parents.get(daughter);
  if (other === parent) return `duplicate daughter: ${daughter} stands twice among those of ${parent}`;
  if (other !== undefined) return `duplicate parent of ${daughter}: ${other} decays to it too`;
  for (let above: string | undefined = parent; above !== undefined; above = parents.get(above))
    if (above === daughter) return `decays in a circle: ${parent} comes from ${daughter} itself`;
  return undefined;
}

/**
 * The decays that particles declare, those of daughters before those of their parents.
 * @throws UserError for decays that `decayProblems` finds a mistake in.
 */
export function decaysOf(particles: readonly Particle[]): readonly Decay[] {
  const [problem] = decayProblems(particles);
  if (problem) throw new UserError(`invalid decaysTo of ${particles[problem.parent]!.name}: ${problem.message}`);
  const places = new Map(particles.map(({ name }, place) => [name, place]));
  const found: Decay[] = [];
  const visit = (parent: number): void => {
    const daughters = (particles[parent]!.decaysTo ?? []).map((name) => places.get(name)!);
    if (daughters.length === 0 || found.some((decay) => decay.parent === parent)) return;
    for (const daughter of daughters) visit(daughter);
    found.push({ parent, daughters });
  };
  for (const place of particles.keys()) visit(place);
  return found;
}
