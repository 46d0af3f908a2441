import { type ColumnValue, firstDifference, mapLists } from './column-value.js';

/** Makes the error of two lists of different lengths. */
export type Unlike = (event: number, a: number, b: number) => Error;

/** `list[condition]`: the entries of each event whose condition holds. */
export function filtered(list: ColumnValue, conditions: ColumnValue, unlike: Unlike): ColumnValue {
  const event = firstDifference(list.counts!, conditions.counts!);
  if (event >= 0) throw unlike(event, list.counts![event]!, conditions.counts![event]!);
  const { components } = list;
  const counts = new Int32Array(list.counts!.length);
  const kept = new Float64Array(list.values.length);
  let [entry, filled] = [0, 0];
  for (let event = 0; event < counts.length; event++) {
    for (const end = entry + list.counts![event]!; entry < end; entry++) {
      if (conditions.values[entry] === 0) continue;
      counts[event]!++;
      for (let i = 0; i < components; i++) kept[filled++] = list.values[entry * components + i]!;
    }
  }
  return { values: kept.slice(0, filled), counts, components };
}

/** `list[place]`: the entry of each event at a place of its own, NaN where there is none. */
export function picked({ values, counts }: ColumnValue, places: Float64Array): ColumnValue {
  const found = new Float64Array(counts!.length);
  for (let event = 0, start = 0; event < found.length; event++) {
    const [place, count] = [places[event]!, counts![event]!];
    const isThere = Number.isInteger(place) && place >= 0 && place < count;
    found[event] = isThere ? values[start + place]! : Number.NaN;
    start += count;
  }
  return { values: found, components: 1 };
}

/** `list[places]`: the entries of each event at those places, NaN where there is none. */
export function gathered(list: ColumnValue, places: ColumnValue): ColumnValue {
  const { components } = list;
  const starts = startsOf(list);
  return mapLists({ ...places, components: 1 }, (wanted, event) => {
    const found = new Float64Array(wanted.length);
    for (const [i, place] of wanted.entries()) {
      const isThere = Number.isInteger(place) && place >= 0 && place < list.counts![event]!;
      found[i] = isThere ? list.values[(starts[event]! + place) * components]! : Number.NaN;
    }
    return found;
  });
}

function startsOf({ counts }: ColumnValue): Float64Array {
  const starts = new Float64Array(counts!.length);
  for (let event = 1; event < starts.length; event++) starts[event] = starts[event - 1]! + counts![event - 1]!;
  return starts;
}
