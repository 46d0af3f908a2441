import type { EventSpec, Rng } from '@unfold-zoo/core';
import { effectiveEvents } from '@unfold-zoo/core/events';
import type { PairedSample } from '../draws/paired-sample.js';
import { momentumSpace } from '../draws/truth-sample.js';
import { chiSquaredChance } from '../statistics/chi-squared.js';
import { type ChiSquared, homogeneityChiSquared, type RegionSample } from './homogeneity.js';
import { voronoiRegions } from './voronoi-regions.js';

/** The chi squared of one partition. */
export interface PartitionResult extends ChiSquared {
  /** Of a chi squared as large or larger. */
  readonly chance: number;
}

/** What all partitions say. */
export interface PqMassResult {
  readonly partitions: readonly PartitionResult[];
  readonly meanChiSquared: number;
  readonly meanDegreesOfFreedom: number;
  /** Of a mean chi squared as large, of samples whose events change places at random. */
  readonly chance: number;
  /** 1 / effective events of the one sample + 1 / those of the other. */
  readonly inverseEvents: number;
}

/** How many partitions of how many regions, and random exchanges. */
export interface PqMassPlan {
  readonly partitions: number;
  readonly regions: number;
  readonly shuffles: number;
}

/** Truth of a random half of the events and the draw of the others: samples that are independent of each other. */
interface HalfSamples {
  /** Row-major [n, P]. */
  readonly partons: Float32Array;
  /** [n] 1 for truth. */
  readonly isTruth: Uint8Array;
  readonly weights?: Float32Array;
}

/** A region has as many events as this of both samples together, on average, or there are fewer regions. */
const EVENTS_OF_REGION = 20;

/**
 * Whether truth and draws fall into random regions with the same chances (PQMass; Lemos et al. 2024, arXiv 2402.04355).
 * The regions are those nearest to points that are taken from both samples at random, and left out of the counts. The
 * chi squared of several partitions hang together: the chance of their mean is found by random exchange.
 */
export function pqMassTest(spec: EventSpec, pairs: PairedSample, plan: PqMassPlan, rng: Rng): PqMassResult {
  const halves = halfSamples(pairs, rng.fork('halves'));
  const regions = Math.max(2, Math.min(plan.regions, Math.floor(pairs.events / EVENTS_OF_REGION)));
  const { coordinates, width } = momentumSpace(spec, halves.partons);
  const points = coordinates(halves.partons);
  const partitions = Array.from({ length: plan.partitions }, (_, k) =>
    partition({ ...halves, points, width }, regions, rng.fork(`partition ${k}`)),
  );
  const found = partitions.map(({ sample, events }) => homogeneityChiSquared(sample, pick(halves.isTruth, events)));
  const chance = shuffledChance(partitions, halves.isTruth, plan.shuffles, rng.fork('shuffles'));
  return {
    partitions: found.map((each) => ({ ...each, chance: chiSquaredChance(each.chiSquared, each.degreesOfFreedom) })),
    meanChiSquared: mean(found.map(({ chiSquared }) => chiSquared)),
    meanDegreesOfFreedom: mean(found.map(({ degreesOfFreedom }) => degreesOfFreedom)),
    chance,
    inverseEvents: inverseEvents(halves),
  };
}

function halfSamples({ events, truth, drawn, weights }: PairedSample, rng: Rng): HalfSamples {
  const width = truth.length / events;
  const isTruth = rng.shuffle(Uint8Array.from({ length: events }, (_, event) => event % 2));
  const partons = truth.map((value, i) => (isTruth[Math.floor(i / width)] === 1 ? value : drawn[i]!));
  return { partons, isTruth, ...(weights && { weights }) };
}

interface Partition {
  readonly sample: RegionSample;
  /** [m] the events that are counted. */
  readonly events: Uint32Array;
}

function partition(
  { points, width, weights }: { readonly points: Float32Array; readonly width: number; weights?: Float32Array },
  regionCount: number,
  rng: Rng,
): Partition {
  const order = rng.shuffle(Uint32Array.from({ length: points.length / width }, (_, i) => i));
  const [references, events] = [order.subarray(0, regionCount), order.slice(regionCount).sort()];
  const regions = voronoiRegions(rows(points, events, width), rows(points, references, width), width);
  return { sample: { regions, regionCount, ...(weights && { weights: pick(weights, events) }) }, events };
}

/** Chance of a mean chi squared as large of events whose sample is not their own. */
function shuffledChance(partitions: readonly Partition[], isTruth: Uint8Array, shuffles: number, rng: Rng): number {
  const meanOf = (labels: Uint8Array): number =>
    mean(partitions.map(({ sample, events }) => homogeneityChiSquared(sample, pick(labels, events)).chiSquared));
  const found = meanOf(isTruth);
  const labels = isTruth.slice();
  let asLarge = 1;
  for (let shuffle = 0; shuffle < shuffles; shuffle++) if (meanOf(rng.shuffle(labels)) >= found) asLarge++;
  return asLarge / (shuffles + 1);
}

function inverseEvents({ isTruth, weights }: HalfSamples): number {
  const own = (sample: number): number =>
    effectiveEvents(Array.from(isTruth, (label, i) => (label === sample ? (weights?.[i] ?? 1) : 0)));
  return 1 / own(1) + 1 / own(0);
}

function rows(points: Float32Array, which: Uint32Array, width: number): Float32Array {
  const found = new Float32Array(which.length * width);
  for (const [place, row] of which.entries()) found.set(points.subarray(row * width, (row + 1) * width), place * width);
  return found;
}

function pick<T extends Uint8Array | Float32Array>(values: T, which: Uint32Array): T {
  const found = values.slice(0, which.length) as T;
  for (let i = 0; i < which.length; i++) found[i] = values[which[i]!]!;
  return found;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
