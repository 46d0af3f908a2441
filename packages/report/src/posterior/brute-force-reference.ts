import { type EventSource, type HostEvents, UserError } from '@unfold-zoo/core';
import { type EventScaling, effectiveEvents, readEvents, truePartons } from '@unfold-zoo/core/events';
import { partonColumns, quantityColumn } from '@unfold-zoo/metrics';
import type { FigureChoice } from '../figures/quantity-names.js';
import { bruteForceWeights, distancesFrom } from './brute-force-posterior.js';
import { detectorConfigurations } from './detector-configuration.js';

/** The training events as an estimate of one event's posterior. */
export interface BruteForceReference {
  /** [n] of the training events. */
  readonly weights: Float64Array;
  /** For each choice the true values [n] of the training events. */
  readonly values: readonly Float32Array[];
  readonly events: number;
  /** (sum w)^2 / sum w^2: of a few tens or less the histogram is noise, of nearly all it is the unconditional one. */
  readonly effectiveEvents: number;
  /** Distance of the nearest training event. */
  readonly nearest: number;
}

/** What `bruteForceReference` needs. */
export interface BruteForceInputs {
  /** Open. Its training split is read once, block by block; four bytes an event and choice are kept. */
  readonly source: EventSource;
  /** Standardisation of detector features in which distances are measured. */
  readonly scaling: EventScaling;
  /** The one event whose posterior is asked for. */
  readonly event: HostEvents;
  readonly choices: readonly FigureChoice[];
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The brute-force posterior of the paper, section 5: the truth of training events with weights exp(-|y_T - y_i|), |.|
 * being the Euclidean distance of `detectorConfigurations`.
 * @throws UserError for a training split that is empty or without truth, and where negative weights of similar events
 * outweigh the positive ones.
 */
export async function bruteForceReference(inputs: BruteForceInputs): Promise<BruteForceReference> {
  const { source, scaling, event, choices, onProgress } = inputs;
  const { spec, blockSize } = source;
  const events = source.count('train');
  if (events === 0) throw new UserError('missing training events: the training split is empty');
  const point = detectorConfigurations(spec, scaling, event);
  const distances = new Float64Array(events);
  const values = choices.map(() => new Float32Array(events));
  let eventWeights: Float32Array | undefined;
  for (let start = 0; start < events; start += blockSize) {
    const block = await readEvents(source, 'train', start, Math.min(blockSize, events - start));
    distances.set(distancesFrom(point, detectorConfigurations(spec, scaling, block)), start);
    const columns = partonColumns(spec, truePartons(block));
    choices.forEach((choice, i) => {
      values[i]!.set(quantityColumn(columns, choice), start);
    });
    if (block.weights) {
      eventWeights ??= new Float32Array(events).fill(1);
      eventWeights.set(block.weights, start);
    }
    onProgress?.(start + block.size, events);
  }
  const weights = bruteForceWeights(distances, eventWeights);
  if (!(weights.reduce((sum, weight) => sum + weight, 0) > 0))
    throw new UserError(
      'no reference: the weights of training events like this one do not add up to a positive number',
    );
  const nearest = distances.reduce((least, distance) => Math.min(least, distance), Number.POSITIVE_INFINITY);
  return { weights, values, events, effectiveEvents: effectiveEvents(weights), nearest };
}
