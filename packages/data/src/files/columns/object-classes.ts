import type { GroupRule } from '../../topology/topology.js';

/**
 * [objects] the place of the class that each object is of: the one whose dataset has its value, else the one without a
 * dataset. -1 for none, -2 for several.
 */
export function classPlaces(
  { classes }: GroupRule,
  objects: number,
  column: (dataset: string) => ArrayLike<number>,
): Float64Array {
  const places = new Float64Array(objects).fill(classes.findIndex(({ dataset }) => dataset === undefined));
  const isSet = new Uint8Array(objects);
  for (const [place, { dataset, value }] of classes.entries()) {
    const values = dataset === undefined ? [] : column(dataset);
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== value) continue;
      places[i] = isSet[i] === 1 ? SEVERAL_CLASSES : place;
      isSet[i] = 1;
    }
  }
  return places;
}

/** In place of a class, see `classPlaces`. */
export const SEVERAL_CLASSES = -2;

/** Classes that are told by the values of one dataset alone: its name. Undefined where several decide. */
export function onlyClassDataset({ classes }: GroupRule): string | undefined {
  const datasets = new Set(classes.map(({ dataset }) => dataset));
  const [only] = datasets;
  return datasets.size === 1 ? only : undefined;
}
