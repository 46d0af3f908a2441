import type { EventSource, HostEvents, Split } from '@unfold-zoo/core';
import { readEvents } from '@unfold-zoo/core/events';
import type { Expression } from '../observables/expression.js';
import type { EventColumns, ObserveTruth } from '../unfolders/unfolder.js';
import type { Observable } from './observable.js';

/** Which events count: all unless a condition is given. */
export interface Selection {
  readonly truth?: Expression;
  readonly detector?: Expression;
}

/** How events are read. */
export interface ReadColumnsOptions {
  readonly selection: Selection;
  /** What every weight is multiplied by. */
  readonly scale: number;
  /** A number of the truth of each event that its weight is multiplied by. */
  readonly factor?: Expression | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many events have been read. */
  readonly onRead?: (events: number) => void;
}

/** The observables of the events of a sample. */
export interface ObservedSample {
  /** Absent where the truth is not known. */
  readonly truth?: EventColumns;
  readonly detector: EventColumns;
}

/**
 * Reads a split block by block, and keeps the observables of each event. Events that fail a selection, or lack an
 * object that an observable needs, have NaN at that level.
 * @throws UserError for events that cannot be used; the reason of a signal that is aborted.
 */
export async function readColumns(
  source: EventSource,
  split: Split,
  observables: readonly Observable[],
  { selection, scale, factor, signal, onRead }: ReadColumnsOptions,
): Promise<ObservedSample> {
  const count = source.count(split);
  const weights = new Float64Array(count).fill(scale);
  const levels = source.hasTruth(split) ? (['truth', 'detector'] as const) : (['detector'] as const);
  const columns = levels.map((level) => observables.map((each) => each[level].map(() => new Float64Array(count))));
  for (let start = 0; start < count; start += source.blockSize) {
    signal?.throwIfAborted();
    const events = await readEvents(source, split, start, Math.min(source.blockSize, count - start));
    for (const [i, weight] of events.weights?.entries() ?? []) weights[start + i] = scale * weight;
    for (const [i, value] of factor?.evaluate(events).entries() ?? []) weights[start + i]! *= value;
    for (const [i, level] of levels.entries()) {
      const passes = selection[level]?.evaluate(events);
      for (const [k, each] of observables.entries())
        for (const [axis, expression] of each[level].entries())
          columns[i]![k]![axis]!.set(selected(expression, events, passes), start);
    }
    onRead?.(start + events.size);
  }
  const recorded = [{ source, split, events: Uint32Array.from({ length: count }, (_, i) => i) }];
  const [first, second] = columns.map((each): EventColumns => ({ columns: each, weights, recorded }));
  return second ? { truth: first!, detector: second } : { detector: first! };
}

/** Computes the observables of the truth of events; those of events that fail the selection of the truth are NaN. */
export function truthObserver(observables: readonly Observable[], { truth }: Selection): ObserveTruth {
  return (events) => {
    const passes = truth?.evaluate(events);
    return observables.map((each) => each.truth.map((expression) => selected(expression, events, passes)));
  };
}

function selected(expression: Expression, events: HostEvents, passes: Float64Array | undefined): Float64Array {
  const values = expression.evaluate(events);
  return passes ? values.map((value, i) => (passes[i] === 1 ? value : Number.NaN)) : values;
}

/** Several samples one after the other. */
export function joinColumns(samples: readonly EventColumns[]): EventColumns {
  const [first] = samples;
  const join = (parts: readonly Float64Array[]): Float64Array => {
    const joined = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let start = 0;
    for (const part of parts) {
      joined.set(part, start);
      start += part.length;
    }
    return joined;
  };
  return {
    columns: first!.columns.map((axes, k) =>
      axes.map((_, axis) => join(samples.map((each) => each.columns[k]![axis]!))),
    ),
    weights: join(samples.map(({ weights }) => weights)),
    ...(samples.every(({ recorded }) => recorded) && { recorded: samples.flatMap(({ recorded }) => recorded!) }),
  };
}

/** Those of the events that are wanted. */
export function filterColumns(
  { columns, weights, recorded }: EventColumns,
  isWanted: (event: number) => boolean,
): EventColumns {
  const pick = (column: Float64Array): Float64Array => column.filter((_, i) => isWanted(i));
  const parts = recorded?.map(({ events, ...part }, k) => {
    const first = recorded.slice(0, k).reduce((sum, before) => sum + before.events.length, 0);
    return { ...part, events: events.filter((_, i) => isWanted(first + i)) };
  });
  return { columns: columns.map((axes) => axes.map(pick)), weights: pick(weights), ...(parts && { recorded: parts }) };
}
