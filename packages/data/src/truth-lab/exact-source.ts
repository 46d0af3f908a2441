import type { EventSpec, HostEvents, Rng, Split } from '@unfold-zoo/core';
import { type ExactPosterior, QUANTITIES } from '@unfold-zoo/core/events';
import { allocateBlock, BLOCK_SIZE, GeneratedSource } from '../files/generated-source.js';
import type { SimulatedEvents } from '../files/raw-events.js';
import type { SplitCounts } from '../splits/split-rows.js';
import { loadTopology } from '../topology/topology.js';
import type { ExactProblem, Momentum, ProblemPosterior } from './exact-problem.js';

/** A problem and how many numbers of an event are its own. */
interface PlacedProblem {
  readonly problem: ExactProblem;
  /** Where its features begin among those of all inputs, and where they end. */
  readonly first: number;
  readonly end: number;
}

/** What a source of events with exact posteriors is made of. */
export interface ExactSourceParts {
  /** Name of a topology with one particle for each problem, and the inputs of each, in the same order. */
  readonly topology: string;
  /** Each with the number of features that it measures. */
  readonly problems: readonly { readonly problem: ExactProblem; readonly features: number }[];
  readonly counts: SplitCounts;
  readonly rng: Rng;
}

/**
 * Events whose posterior is known exactly, made as they are read: independent problems side by side, one a particle. An
 * event depends on the seed, its split and its place alone.
 */
export class ExactSource extends GeneratedSource {
  readonly #problems: readonly PlacedProblem[];
  readonly #rng: Rng;

  constructor({ topology, problems, counts, rng }: ExactSourceParts) {
    super(loadTopology(topology), counts);
    this.#rng = rng;
    let end = 0;
    this.#problems = problems.map(({ problem, features }) => {
      const first = end;
      end += features;
      return { problem, first, end };
    });
  }

  exactPosterior(observed: HostEvents): ExactPosterior {
    const rows = featureRows(this.spec, observed);
    const posteriors = rows.map((row) =>
      this.#problems.map(({ problem, first, end }) => problem.posterior(row.slice(first, end))),
    );
    return {
      events: observed.size,
      draw: (rng, draws = 1) => drawPartons(posteriors, draws, rng),
      logDensity: (particle, partons) => logDensities(posteriors, particle, partons),
    };
  }

  protected make(split: Split, block: number): SimulatedEvents {
    const events = allocateBlock(this.spec, BLOCK_SIZE);
    const features = new Array<number[]>(BLOCK_SIZE);
    for (let i = 0; i < BLOCK_SIZE; i++) features[i] = [];
    for (const [particle, { problem }] of this.#problems.entries()) {
      const rng = this.#rng.fork(this.spec.particles[particle]!.name).fork(`${split} ${block}`);
      for (let i = 0; i < BLOCK_SIZE; i++) {
        const { truth, measured } = problem.generate(rng, split);
        writeMomentum(events.partons, i * this.#problems.length + particle, truth);
        features[i]!.push(...measured);
      }
    }
    writeFeatures(this.spec, features, events);
    return events;
  }
}

function writeMomentum(partons: Float32Array, row: number, momentum: Momentum): void {
  const { mass, px, py, pz } = momentum;
  const energy = Math.sqrt(mass * mass + px * px + py * py + pz * pz);
  partons.set([mass, Math.log(energy), px, py, pz], row * QUANTITIES.length);
}

function readMomentum(partons: Float32Array, row: number): Momentum {
  const [mass, , px, py, pz] = partons.subarray(row * QUANTITIES.length, (row + 1) * QUANTITIES.length);
  return { mass: mass!, px: px!, py: py!, pz: pz! };
}

/** The features of all inputs of each event, one after the other. */
function featureRows(spec: EventSpec, { size, inputs }: HostEvents): number[][] {
  return Array.from({ length: size }, (_, i) =>
    Object.entries(spec.inputs).flatMap(([name, { features }]) => [
      ...inputs[name]!.features.subarray(i * features.length, (i + 1) * features.length),
    ]),
  );
}

function writeFeatures(spec: EventSpec, rows: readonly (readonly number[])[], events: SimulatedEvents): void {
  let first = 0;
  for (const [name, { features }] of Object.entries(spec.inputs)) {
    const end = first + features.length;
    const objects = events.inputs[name]!;
    for (const [i, row] of rows.entries()) objects.features.set(row.slice(first, end), i * features.length);
    objects.mask.fill(1);
    first = end;
  }
}

type EventPosteriors = readonly (readonly ProblemPosterior[])[];

function drawPartons(posteriors: EventPosteriors, draws: number, rng: Rng): Float32Array {
  const particles = posteriors[0]?.length ?? 0;
  const partons = new Float32Array(posteriors.length * draws * particles * QUANTITIES.length);
  for (const [i, ofEvent] of posteriors.entries()) {
    const stream = rng.fork(`event ${i}`);
    for (let d = 0; d < draws; d++)
      for (const [particle, posterior] of ofEvent.entries())
        writeMomentum(partons, (i * draws + d) * particles + particle, posterior.draw(stream));
  }
  return partons;
}

function logDensities(posteriors: EventPosteriors, particle: number, partons: Float32Array): Float64Array | undefined {
  if (!posteriors.every((ofEvent) => ofEvent[particle]?.logDensity !== undefined)) return undefined;
  const particles = posteriors[0]?.length ?? 1;
  const rows = partons.length / (particles * QUANTITIES.length);
  const draws = rows / posteriors.length;
  return Float64Array.from({ length: rows }, (_, row) => {
    const posterior = posteriors[Math.floor(row / draws)]![particle]!;
    return posterior.logDensity!(readMomentum(partons, row * particles + particle));
  });
}
