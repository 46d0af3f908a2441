import { defineService, type EventSpec, type HostEvents, type Rng, UserError } from '@unfold-zoo/core';
import { readEvents } from '@unfold-zoo/core/events';
import { partonsOfMomenta } from '@unfold-zoo/data';
import {
  type DrawForData,
  type EventColumns,
  type EventProblem,
  eventsHash,
  joinColumns,
  NO_PARTS,
  presence,
  type RecordedEvents,
  storedPart,
  type TrainingRound,
  type TruthDraws,
  type UnfoldingContext,
} from '@unfold-zoo/measurement';
import { drawMomenta, streamOfDraws } from '../../draws/draw-momenta.js';
import type { DrawingModel } from '../../draws/drawing-model.js';
import { layoutOf } from '../event-layout.js';
import type { EventFactors } from './weighted-events.js';

/** A run that is open, and its model. */
export interface OpenedModel extends Pick<DrawingModel, 'model' | 'spec' | 'scaling'> {
  /** The stream of the seed of the run. */
  readonly rng: Rng;
  close(): Promise<void>;
}

/** Opens the runs that methods of a measurement draw with. */
export interface ModelOpener {
  /** @throws UserError for a folder without a trained run. */
  check(folder: string): void;
  open(folder: string, checkpoint: string): Promise<OpenedModel>;
  /** SHA-256 of a run's config and of the weights that would draw. */
  checksum(folder: string, checkpoint: string): string;
  /**
   * Makes a run by a config, unless there is one, and trains it to its end.
   * @throws UserError for a config that is wrong; the reason of a signal that is aborted.
   */
  trainAtFirst(folder: string, config: string, how: Pick<UnfoldingContext, 'signal' | 'onTrained'>): Promise<void>;
  /** A ratio at all events that the training of a run reads. @throws UserError for data that cannot be read. */
  factors(folder: string, ratioAt: TrainingRound['weigh'], signal?: AbortSignal): Promise<EventFactors>;
  /**
   * Trains the model of a run on its data with other weights, in another folder; goes on with what is there.
   * @throws UserError for a run that cannot be trained; the reason of a signal that is aborted.
   */
  train(request: WeightedTraining): Promise<void>;
}

/** A training of the model of a run with other weights of its events. */
export interface WeightedTraining extends Pick<UnfoldingContext, 'signal' | 'onTrained'> {
  readonly run: string;
  readonly folder: string;
  /** Folder of the run, or of its checkpoint, whose weights it starts from; undefined for random ones. */
  readonly startFrom: string | undefined;
  /** Default: as many as the run has. */
  readonly steps: number | undefined;
  readonly weights: EventFactors;
}
export const ModelOpener = defineService<ModelOpener>('ModelOpener');

/** How draws for measured events are made. */
export interface DrawForDataOptions {
  readonly open: () => Promise<OpenedModel>;
  /** What the draws of a model depend on, as a text. */
  readonly weights: () => string;
  /** Draws of each event. */
  readonly draws: number;
  readonly seed: number;
  /** What the folder of the run is called in messages. */
  readonly folder: string;
}

/** Draws of one block of events, with all that are not to be had left out. */
interface DrawnBlock {
  /** The observables of the draws; their weights are the shares of their events. */
  readonly drawn: EventColumns;
  readonly events: readonly number[];
}

/** Draws with a trained model for the measured events of a problem. The data of the run are not needed. */
export function drawForData(options: DrawForDataOptions): DrawForData {
  return async (problem, context) => {
    const { recorded } = problem.data;
    if (!recorded || !problem.observeTruth) {
      throw new UserError('missing events: method "generative" needs the measured events, not their observables alone');
    }
    const drawing = await options.open();
    try {
      for (const { source } of recorded) checkLayout(source.spec, drawing.spec, options.folder);
      const isMeasured = presence(problem.data);
      const blocks: DrawnBlock[] = [];
      let first = 0;
      for (const [part, each] of recorded.entries()) {
        blocks.push(...(await drawPart({ ...options, drawing, problem, isMeasured, context, part, first }, each)));
        first += each.events.length;
      }
      return joinBlocks(blocks);
    } finally {
      await drawing.close();
    }
  };
}

function checkLayout(ofData: EventSpec, ofRun: EventSpec, folder: string): void {
  if (layoutOf(ofData) === layoutOf(ofRun)) return;
  throw new UserError(
    `invalid run: the topology of ${folder}, ${ofRun.name}, has other names than that of the data, ${ofData.name}`,
  );
}

interface PartRequest extends DrawForDataOptions {
  readonly drawing: OpenedModel;
  readonly problem: EventProblem;
  /** Of every event of the data: whether it is selected and has an observable. */
  readonly isMeasured: readonly boolean[];
  readonly context: UnfoldingContext;
  /** Which of the samples it is: each has its own stream. */
  readonly part: number;
  /** Number of the first event among those of all samples. */
  readonly first: number;
}

/** Draws for one of the samples, in portions that are kept when they are finished. */
async function drawPart(request: PartRequest, { events, ...sample }: RecordedEvents): Promise<DrawnBlock[]> {
  const { context, problem, weights, draws, seed, first } = request;
  const { parts = NO_PARTS, signal, onDrawn } = context;
  const origin = parts === NO_PARTS ? [] : ['draws', weights(), draws, seed, eventsHash(problem.data)];
  const blocks: DrawnBlock[] = [];
  for (let start = 0; start < events.length; start += EVENTS_OF_A_PORTION) {
    signal?.throwIfAborted();
    onDrawn?.(first + start, problem.data.weights.length);
    const portion = { ...sample, events: events.subarray(start, start + EVENTS_OF_A_PORTION) };
    const draw = () => drawPortion({ ...request, first: first + start }, portion);
    blocks.push(...(await storedPart(parts, [...origin, first + start], draw)));
  }
  return blocks;
}

/** Measured events whose draws are kept together. */
const EVENTS_OF_A_PORTION = 4096;

async function drawPortion(
  { drawing, problem, isMeasured, context, draws, seed, part, first }: PartRequest,
  { source, split, events }: RecordedEvents,
): Promise<DrawnBlock[]> {
  const rng = streamOfDraws(drawing.rng, seed).fork(`sample ${part}`);
  const blocks: DrawnBlock[] = [];
  for (const { start, count } of runsOf(events, source.blockSize)) {
    const number = first + start;
    const areMeasured = isMeasured.slice(number, number + count);
    if (!areMeasured.includes(true)) continue;
    const host = await readEvents(source, split, events[start]!, count);
    const request = { first: events[start]!, draws, rng, rowsAtOnce: 1024, signal: context.signal };
    const { momenta } = await drawMomenta(drawing, host, request);
    blocks.push(blockOf(problem, momenta, { number, areMeasured, draws }));
  }
  return blocks;
}

/** Runs of neighbouring events, of at most `most` each. */
function runsOf(events: Uint32Array, most: number): { readonly start: number; readonly count: number }[] {
  const runs: { start: number; count: number }[] = [];
  for (const [i, event] of events.entries()) {
    const last = runs.at(-1);
    if (last && event === events[i - 1]! + 1 && last.count < most) last.count++;
    else runs.push({ start: i, count: 1 });
  }
  return runs;
}

/** The observables of draws; draws with numbers that are not finite are left out, and so are events not measured. */
function blockOf(
  problem: EventProblem,
  momenta: Float32Array,
  {
    number,
    areMeasured,
    draws,
  }: { readonly number: number; readonly areMeasured: readonly boolean[]; readonly draws: number },
): DrawnBlock {
  const count = areMeasured.length;
  const width = momenta.length / (count * draws);
  const areFinite = Array.from({ length: count * draws }, (_, i) =>
    momenta.subarray(i * width, (i + 1) * width).every(Number.isFinite),
  );
  const kept = areFinite.flatMap((finite, i) => {
    return finite && areMeasured[Math.floor(i / draws)] ? [i] : [];
  });
  const sizes = new Uint32Array(count);
  for (const i of kept) sizes[Math.floor(i / draws)]!++;
  const host: HostEvents = { size: count * draws, partons: partonsOfMomenta(momenta), inputs: {} };
  const columns = problem.observeTruth!(host).map((axes) =>
    axes.map((column) => Float64Array.from(kept, (i) => column[i]!)),
  );
  return {
    drawn: { columns, weights: Float64Array.from(kept, (i) => 1 / sizes[Math.floor(i / draws)]!) },
    events: kept.map((i) => number + Math.floor(i / draws)),
  };
}

function joinBlocks(blocks: readonly DrawnBlock[]): TruthDraws {
  if (blocks.length === 0) throw new UserError('invalid data: none of its events is selected and has the observables');
  const { columns, weights: shares } = joinColumns(blocks.map(({ drawn }) => drawn));
  return { columns, shares, events: Uint32Array.from(blocks.flatMap(({ events }) => events)) };
}
