import { type ColumnValue, firstDifference, mapLists } from './column-value.js';

/** Makes the error of two lists of different lengths. */
export type Unlike = (event: number, a: number, b: number) => Error;

/** `list[condition]`: the entries of each event whose condition holds. */
export function filtered(list: ColumnValue, conditions: ColumnValue, unlike: Unlike): ColumnValue {
  const event = firstDifference(list.counts!, conditions.counts!);
  if (event >= 0) throw unlike(event, list.counts![event]!, conditions.counts![event]!);
  const { components } = list;
  let entry = 0;
  return mapLists(list, (entries) => {
    const first = entry;
    entry += entries.length / components;
    return entries.filter((_, i) => conditions.values[first + Math.floor(i / components)] !== 0);
  });
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
