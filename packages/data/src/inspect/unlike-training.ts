import type { EventSource, HostEvents, Split } from '@unfold-zoo/core';
import { type EventScaling, effectiveEvents, networkInputs, scaleFeatures } from '@unfold-zoo/core/events';
import { sampleOf } from './data-warnings.js';

/** A shift of a normal distribution by so many standard deviations moves its distribution function by a tenth. */
const FAR_SHIFT = 0.25;
/** A width that is larger or smaller by this factor does the same. */
const FAR_WIDTH = 1.5;
/** A mean that is off by so many of its standard errors is not so by chance. */
const NOT_BY_CHANCE = 5;

/** How one feature of some events compares with the training events. */
interface FeatureShift {
  readonly feature: string;
  /** Mean, in standard deviations of the training events from their mean. */
  readonly mean: number;
  /** Standard deviation, in that of the training events. */
  readonly width: number;
}

/**
 * Says so where the detector saw other events in a split than a model was trained on: a feature whose mean or width is
 * far from that of the training events, which the scaling tells; these events need not be there. A sample of the split
 * is read.
 */
export async function unlikeTraining(source: EventSource, split: Split, scaling: EventScaling): Promise<string[]> {
  const events = await sampleOf(source, split);
  const standardError = 1 / Math.sqrt(events.weights ? effectiveEvents(events.weights) : events.size);
  const least = NOT_BY_CHANCE * standardError;
  const isFar = (value: number, limit: number): boolean => Math.abs(value) > Math.max(limit, least);
  const far = shiftsOf(source, events, scaling).filter(
    ({ mean, width }) => isFar(mean, FAR_SHIFT) || isFar(Math.log(width), Math.log(FAR_WIDTH)),
  );
  const [worst] = far.sort((a, b) => farness(b) - farness(a));
  if (!worst) return [];
  const [off, width] = [worst.mean, worst.width].map((value) => Number(value.toPrecision(2)));
  return [
    `the ${split} events are unlike those that the model was trained on: ${worst.feature} differs most, its mean by ` +
      `${off} standard deviations, and its width is ${width} times theirs; draws for events that the model has not ` +
      'seen cannot be relied on',
  ];
}

/** How far a feature is off, in what is far. */
function farness({ mean, width }: FeatureShift): number {
  return Math.max(Math.abs(mean) / FAR_SHIFT, Math.abs(Math.log(width)) / Math.log(FAR_WIDTH));
}

function shiftsOf({ spec }: EventSource, events: HostEvents, scaling: EventScaling): FeatureShift[] {
  const seen = networkInputs(scaling.representation, events);
  return Object.entries(spec.inputs).flatMap(([input, { features, capacity }]) => {
    const { mask } = seen[input]!;
    const scaled = scaleFeatures(scaling.inputs[input]!, seen[input]!);
    const weightOf = (slot: number): number =>
      mask[slot]! * Math.abs(events.weights?.[Math.floor(slot / capacity)] ?? 1);
    return features.flatMap(({ name, scaling: how }, i) => {
      // Classes are not standardised.
      if (how === 'none') return [];
      const numberOf = (slot: number): number => scaled[slot * features.length + i]!;
      return [{ feature: `${input}.${name}`, ...moments(mask.length, numberOf, weightOf) }];
    });
  });
}

/** Weighted mean and standard deviation; those of training events where there is nothing, or all is the same. */
function moments(
  slots: number,
  numberOf: (slot: number) => number,
  weightOf: (slot: number) => number,
): { readonly mean: number; readonly width: number } {
  let [sum, first, second] = [0, 0, 0];
  for (let slot = 0; slot < slots; slot++) {
    const [value, weight] = [numberOf(slot), weightOf(slot)];
    sum += weight;
    first += weight * value;
    second += weight * value ** 2;
  }
  if (sum === 0) return { mean: 0, width: 1 };
  const mean = first / sum;
  return { mean, width: Math.sqrt(Math.max(second / sum - mean ** 2, 0)) || 1 };
}
