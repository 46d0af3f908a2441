import { type EventSpec, type HostEvents, type Observed, Rng } from '@unfold-zoo/core';
import { membersOfEvents } from '@unfold-zoo/core/ensemble';
import { type DrawRange, drawStreams } from '@unfold-zoo/core/events';
import { encodeObservedEvents, type ObservedEvent, type Topology } from '@unfold-zoo/data';
import { objectKinds } from '@unfold-zoo/diagnostics';
import { particleKinematics } from '@unfold-zoo/metrics';
import type { PosteriorView } from '../view/event-view.js';
import { posteriorView } from './posterior-view.js';

/** What a page knows of the model of a run besides its graph; JSON. */
export interface ExportedModel {
  readonly spec: EventSpec;
  /** Absent where events cannot be changed. */
  readonly topology?: Topology;
  /** What the detector sees each particle as: the label of the kind of objects, or null. */
  readonly seenAs: readonly (string | null)[];
  /** Seed of the run's config. */
  readonly seed: number;
  /** Numbers that a draw takes: standard normal ones, and ones between 0 and 1. */
  readonly noise: number;
  readonly uniform: number;
  /** Models of an ensemble that draw. */
  readonly members: number;
}

/** Numbers with their shape, row-major. */
export interface GraphInput {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Computes the graph of a model: its inputs by name to momenta [rows, particles, 5]. */
export type ComputeGraph = (inputs: Readonly<Record<string, GraphInput>>) => Promise<Float32Array>;

/** What a page asks of a model. */
export interface ExportedDraws {
  /** Number of the event in its split. */
  readonly event: number;
  /** What the detector saw; by columns where the event can be changed. */
  readonly observed: ObservedEvent | Observed;
  /** Number of the first draw. */
  readonly first: number;
  readonly draws: number;
  readonly seed: number;
  readonly quantities: readonly string[];
}

/**
 * Draws for an event with the graph of a model. Where a model takes all of its noise at once, as most do, these are the
 * draws of the run with the same seed, to the rounding of single precision; others have other random numbers.
 * @throws UserError for an event that is not as the topology has it.
 */
export async function drawExported(
  model: ExportedModel,
  compute: ComputeGraph,
  request: ExportedDraws,
): Promise<PosteriorView> {
  const { spec, topology, seenAs } = model;
  const { observed, draws, quantities } = request;
  const seen = isEncoded(observed) ? observed : encodeObservedEvents(topology!, [observed]);
  // Events in memory are number 0 of their own, as for `Run.posterior`; those of a split have their number in it.
  const range = { first: isEncoded(observed) ? request.event : 0, events: 1, firstDraw: request.first, draws };
  const rng = new Rng(model.seed).fork(`draws ${request.seed}`);
  const momenta = await compute({ ...repeated(spec, seen, draws), ...randomInputs(model, rng, range) });
  const known = objectKinds(spec);
  const kinds = seenAs.map((label) => known.find((kind) => kind.label === label));
  return posteriorView({ spec, seen, kinds, particles: particleKinematics(spec, momenta), draws, quantities });
}

function isEncoded(observed: ExportedDraws['observed']): observed is HostEvents {
  return typeof observed['size'] === 'number';
}

/** The objects of one event, once for each draw. */
function repeated(spec: EventSpec, { inputs }: Observed, draws: number): Record<string, GraphInput> {
  const entries = Object.entries(spec.inputs).flatMap(([name, { capacity, features }]): [string, GraphInput][] => {
    const { features: values, mask } = inputs[name]!;
    return [
      [name, { values: rows(values, draws), shape: [draws, capacity, features.length] }],
      [`${name}_mask`, { values: rows(mask, draws), shape: [draws, capacity] }],
    ];
  });
  return Object.fromEntries(entries);
}

function rows(values: Float32Array, count: number): Float32Array {
  const all = new Float32Array(count * values.length);
  for (let row = 0; row < count; row++) all.set(values, row * values.length);
  return all;
}

function randomInputs(
  { noise, uniform, members }: ExportedModel,
  rng: Rng,
  range: DrawRange & { readonly draws: number },
): Record<string, GraphInput> {
  const { draws } = range;
  const inputs: Record<string, GraphInput> = {};
  if (noise > 0) inputs['noise'] = { values: drawStreams(rng, range).normalRows(draws, noise), shape: [draws, noise] };
  if (uniform > 0) {
    const stream = drawStreams(rng, range).fork('uniform');
    const columns = Array.from({ length: uniform }, () => stream.uniformRows(draws));
    const values = Float32Array.from({ length: draws * uniform }, (_, i) => columns[i % uniform]![(i / uniform) | 0]!);
    inputs['uniform'] = { values, shape: [draws, uniform] };
  }
  if (members > 1) {
    inputs['member'] = { values: Float32Array.from(membersOfEvents(rng, range, members)), shape: [draws] };
  }
  return inputs;
}
