import { Rng, type StreamRows } from '../rng.js';

/** Neighbouring events that share a stream, a row each. It is part of what a seed means, and no matter of memory. */
const EVENTS_OF_STREAM = 1024;

/** Which draws of which events. */
export interface DrawRange {
  /** Number of the first event in its split. */
  readonly first: number;
  readonly events: number;
  /** Number of the first draw of each event. Default 0. */
  readonly firstDraw?: number;
  /** Draws of each event. Default 1. */
  readonly draws?: number;
}

/**
 * Randomness of the draws of neighbouring events, for tensors of [events * draws] rows: the draws of an event side by
 * side.
 *
 * What a draw gets depends on the stream `all`, on the number of the event in its split and on the number of the draw,
 * and on nothing else: event e has the row e mod 1024 of a stream that belongs to the draw and to 1024 neighbouring
 * events.
 */
export function drawStreams(all: Rng, { first, events, firstDraw = 0, draws = 1 }: DrawRange): Rng {
  const blocks = new Map<number, readonly Rng[]>();
  const block = (number: number): readonly Rng[] => {
    const found = blocks.get(number) ?? streamsOfBlock(all, number, { firstDraw, draws });
    blocks.set(number, found);
    return found;
  };
  const rows: StreamRows[] = [];
  for (let event = first; event < first + events; event++) {
    const streams = block(Math.floor(event / EVENTS_OF_STREAM));
    for (const stream of streams) rows.push({ stream, first: event % EVENTS_OF_STREAM, count: 1 });
  }
  return Rng.ofRows(rows);
}

/** A stream for each draw. */
function streamsOfBlock(
  all: Rng,
  block: number,
  { firstDraw, draws }: { readonly firstDraw: number; readonly draws: number },
): Rng[] {
  const ofBlock = all.fork(`events ${block * EVENTS_OF_STREAM}`);
  return Array.from({ length: draws }, (_, i) => ofBlock.fork(`draw ${firstDraw + i}`));
}
