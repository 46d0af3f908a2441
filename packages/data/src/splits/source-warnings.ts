import { type EventSpec, type HostEvents, type Split, UserError } from '@unfold-zoo/core';
import { effectiveEvents, objectFeature, partonColumn, partonName, QUANTITIES } from '@unfold-zoo/core/events';
import type { EventFiles, FilePart } from '../files/event-files.js';
import type { SplitRows } from './split-rows.js';

/**
 * Refuses a file without weights where the training file has them: its events would count otherwise than those that
 * were trained on. Collision data need none. Where other files have weights and the training file has none, a warning
 * says so, in a list.
 * @throws UserError
 */
export function mixedWeights(training: EventFiles, others: readonly EventFiles[]): string[] {
  if (training.weights !== undefined) {
    const without = others.find(({ weights, hasTruth }) => weights === undefined && hasTruth);
    if (!without) return [];
    throw new UserError(
      `missing ${training.weights} in ${without.path}: ${training.path} has event weights; give both files weights, ` +
        'or leave them out of all with weights: false under data',
    );
  }
  const weighted = others.filter(({ weights, hasTruth }) => weights !== undefined && hasTruth);
  return weighted.map(
    ({ path, weights }) =>
      `${path} has event weights, ${weights}, and ${training.path} has none: every training event counts the same; ` +
      'weights: false under data leaves them out of all',
  );
}

/** Below this part of their number, effective events are few. Of weights of which a fifth is -1 it is 0.36. */
const FEW_EFFECTIVE = 0.1;
/** Weights that are read at once. */
const WEIGHTS_AT_ONCE = 1_000_000;

/**
 * Says so where the weights of a split leave few effective events, in a list; empty where they do not.
 * @throws UserError for weights that are not finite, and for training or test events whose weights do not add up to
 * something positive; those of a few validation events may be negative together.
 */
export async function weightWarning(
  split: Split,
  { file, rows }: { file: EventFiles; rows: SplitRows },
): Promise<string[]> {
  if (file.weights === undefined || rows.count === 0) return [];
  const weights = new Float32Array(rows.count);
  let filled = 0;
  for (let start = 0; start < rows.count; start += WEIGHTS_AT_ONCE)
    for (const range of rows.slice(start, Math.min(WEIGHTS_AT_ONCE, rows.count - start)))
      for (const part of file.parts(range.start, range.count)) {
        weights.set(await finiteWeights(part), filled);
        filled += part.count;
      }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0) && split !== 'validation') {
    throw new UserError(
      `invalid ${file.weights} in ${file.path}: the weights of the ${split} split add up to ${sum}, and must be ` +
        'positive',
    );
  }
  return fewEffective(`the ${split} split`, weights);
}

async function finiteWeights({ file, start, count }: FilePart): Promise<Float32Array> {
  const weights = (await file.readWeights(start, count))!;
  const wrong = weights.findIndex((weight) => !Number.isFinite(weight));
  if (wrong < 0) return weights;
  throw new UserError(
    `invalid ${file.weights} in ${file.path}: event ${start + wrong} has ${weights[wrong]}, expected a finite number`,
  );
}

/** A warning of weighted events that are effectively few, in a list. */
export function fewEffective(what: string, weights: ArrayLike<number>): string[] {
  const effective = effectiveEvents(weights);
  if (effective >= FEW_EFFECTIVE * weights.length) return [];
  const shown = effective < 100 ? Number(effective.toPrecision(2)) : Math.round(effective);
  return [
    `the weights of ${what} leave ${shown} effective events of ${weights.length}: a few events decide nearly ` +
      'everything',
  ];
}

/** What is said of a file whose held-out events are spread over it because it is in some order. */
export function orderNote({ path }: EventFiles, column: string): string {
  return (
    `the events of ${path} are in order of something (the end has another ${column}): held-out events are spread ` +
    'over the file; split: tail under data takes the end all the same'
  );
}

/** No collider makes particles whose median is this, in GeV; in MeV nearly every one does. */
const LARGE_MEDIAN = 5000;

/** The first momentum, of units that nothing declares, whose median is larger than any collider's in GeV. */
export function largeMedian(
  spec: EventSpec,
  events: HostEvents,
  declared: EventFiles['declaresUnits'],
): { column: string; median: number } | undefined {
  for (const [column, values] of momenta(spec, events, declared)) {
    const sorted = values.map(Math.abs).sort();
    const median = sorted[Math.floor(sorted.length / 2)];
    if (median !== undefined && median > LARGE_MEDIAN) return { column, median };
  }
  return undefined;
}

/** What is said of momenta that are large for GeV. */
export function unitNote({ path }: EventFiles, { column, median }: { column: string; median: number }): string {
  return (
    `the median of ${column} in ${path} is ${median.toPrecision(3)} GeV: if the file is in MeV, give it an attribute ` +
    'units = "MeV", or write 1e-3 * in its mapping; an attribute units = "GeV" ends this warning'
  );
}

/** What is in GeV and in units that nothing declares, by name. */
function* momenta(
  spec: EventSpec,
  { partons, inputs }: HostEvents,
  declared: EventFiles['declaresUnits'],
): Generator<[string, Float64Array]> {
  const width = spec.particles.length * QUANTITIES.length;
  for (let column = 0; partons && !declared.truth && column < width; column++) {
    const isLog = QUANTITIES[column % QUANTITIES.length] === 'logE';
    const values = partonColumn(partons, width, column);
    yield [partonName(spec, column).replace('.logE', '.energy'), isLog ? values.map(Math.exp) : values];
  }
  for (const [name, { features }] of Object.entries(declared.detector ? {} : spec.inputs)) {
    for (const [i, feature] of features.entries())
      if (feature.unit === 'GeV') yield [`${name}.${feature.name}`, objectFeature(inputs[name]!, features.length, i)];
  }
}
