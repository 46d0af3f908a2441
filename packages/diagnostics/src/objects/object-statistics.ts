import type { EventSpec } from '@unfold-zoo/core';
import type { Kinematics } from '@unfold-zoo/metrics';
import type { EvaluatedBlock } from '../draws/evaluated-blocks.js';
import { kinematicsOfAll } from '../draws/quantity-blocks.js';
import { type ObjectKind, type Reading, readings } from '../resolution/detector-readings.js';
import { type NearestObject, nearestObject } from '../resolution/match-particles.js';
import { PairedMean, type PairedMeans } from '../statistics/paired-mean.js';

/** Where a particle lies among the objects of the detector. */
export interface ParticleObjects {
  /** Index in the event description. */
  readonly particle: number;
  /** What kind of object it is seen as. */
  readonly kind: ObjectKind;
  /** Share on an object, within the distance called near. */
  readonly near: PairedMeans;
  /** Share within the reach of an object. */
  readonly within: PairedMeans;
  /**
   * How often a draw has the same object as the truth (`truth`) and as another draw of its event (`draws`); having none
   * counts as an object. Truth and draws of a right posterior may change places, so that both are equal: more among the
   * draws means a model that is too sure.
   */
  readonly agreement: PairedMeans;
}

/** How often two particles have the same object. */
export interface PairObjects {
  readonly particles: readonly [number, number];
  readonly same: PairedMeans;
}

/** What is found of all particles that are seen as one of several objects. */
export interface FoundObjects {
  readonly particles: readonly ParticleObjects[];
  readonly pairs: readonly PairObjects[];
}

/** Objects of one particle in one event: the nearest of the truth and of each draw, -1 for none within reach. */
interface Nearest {
  readonly truth: number;
  readonly draws: Int32Array;
}

interface SeenParticle {
  readonly particle: number;
  readonly kind: ObjectKind;
  readonly near: PairedMean;
  readonly within: PairedMean;
  readonly agreement: PairedMean;
}

/** Where particles lie among the objects of the detector, block by block: it holds sums alone. */
export class ObjectStatistics {
  readonly #spec: EventSpec;
  readonly #near: number;
  readonly #seen: readonly SeenParticle[];
  readonly #pairs: readonly { readonly places: readonly [number, number]; readonly same: PairedMean }[];

  /** `kinds`: what the detector sees each particle as; those of single objects, which all draws have, are left out. */
  constructor(spec: EventSpec, kinds: readonly (ObjectKind | undefined)[], near: number) {
    this.#spec = spec;
    this.#near = near;
    this.#seen = kinds.flatMap((kind, particle) => {
      if (!kind || !Number.isFinite(kind.reach)) return [];
      return [{ particle, kind, near: new PairedMean(), within: new PairedMean(), agreement: new PairedMean() }];
    });
    this.#pairs = this.#seen.flatMap(({ kind }, i) =>
      this.#seen.flatMap((other, j) =>
        j > i && other.kind === kind ? [{ places: [i, j] as const, same: new PairedMean() }] : [],
      ),
    );
  }

  add(block: EvaluatedBlock): void {
    const [truth, draws] = [kinematicsOfAll(this.#spec, block.truth), kinematicsOfAll(this.#spec, block.partons)];
    const found = new Map<ObjectKind, Reading[][]>();
    for (const { kind } of this.#seen)
      if (!found.has(kind)) found.set(kind, readings(this.#spec, block.observed, kind));
    for (let event = 0; event < block.size; event++) {
      const weight = block.weights?.[event] ?? 1;
      const nearest = this.#seen.map((seen) =>
        this.#addParticle(seen, {
          truth: truth[seen.particle]!,
          draws: draws[seen.particle]!,
          objects: found.get(seen.kind)![event]!,
          event,
          each: block.draws,
          weight,
        }),
      );
      for (const { places, same } of this.#pairs) addPair(same, nearest[places[0]]!, nearest[places[1]]!, weight);
    }
  }

  finish(): FoundObjects {
    const particles = this.#seen.map(({ particle, kind, near, within, agreement }) => ({
      particle,
      kind,
      near: near.finish(),
      within: within.finish(),
      agreement: agreement.finish(),
    }));
    const pairs = this.#pairs.map(({ places: [first, second], same }) => ({
      particles: [this.#seen[first]!.particle, this.#seen[second]!.particle] as const,
      same: same.finish(),
    }));
    return { particles, pairs };
  }

  #addParticle({ kind, near, within, agreement }: SeenParticle, own: EventOfParticle): Nearest {
    const truth = nearestObject(own.truth, own.event, own.objects);
    const draws = Array.from({ length: own.each }, (_, draw) =>
      nearestObject(own.draws, own.event * own.each + draw, own.objects),
    );
    const share = (most: number): number => draws.filter(({ distance }) => distance < most).length / own.each;
    near.add(Number(truth.distance < this.#near), share(this.#near), own.weight);
    within.add(Number(truth.distance < kind.reach), share(kind.reach), own.weight);
    const objectOf = ({ object, distance }: NearestObject): number => (distance < kind.reach ? object : -1);
    const nearest = { truth: objectOf(truth), draws: Int32Array.from(draws, objectOf) };
    if (own.each > 1) agreement.add(...agreements(nearest), own.weight);
    return nearest;
  }
}

interface EventOfParticle {
  readonly truth: Kinematics;
  readonly draws: Kinematics;
  readonly objects: readonly Reading[];
  readonly event: number;
  /** Draws of an event. */
  readonly each: number;
  readonly weight: number;
}

/** Shares of draws that agree with the truth, and of pairs of draws that agree. */
function agreements({ truth, draws }: Nearest): [withTruth: number, amongDraws: number] {
  const counts = new Map<number, number>();
  for (const object of draws) counts.set(object, (counts.get(object) ?? 0) + 1);
  const pairs = [...counts.values()].reduce((sum, count) => sum + count * (count - 1), 0);
  return [(counts.get(truth) ?? 0) / draws.length, pairs / (draws.length * (draws.length - 1))];
}

function addPair(same: PairedMean, first: Nearest, second: Nearest, weight: number): void {
  const isOne = (a: number, b: number): boolean => a >= 0 && a === b;
  const draws = first.draws.filter((object, draw) => isOne(object, second.draws[draw]!)).length;
  same.add(Number(isOne(first.truth, second.truth)), draws / first.draws.length, weight);
}
