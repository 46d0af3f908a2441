import * as tf from '@tensorflow/tfjs-core';
import { type EventSource, Rng } from '@unfold-zoo/core';
import { sequentialBatches, toBatch, unscalePartons } from '@unfold-zoo/core/events';
import type { Findings } from '@unfold-zoo/core/findings';
import { partonsOfMomenta } from '@unfold-zoo/data';
import { FULL_DRAWS, StageWidths } from '@unfold-zoo/diagnostics';
import type { DrawingModel } from '../draws/drawing-model.js';
import type { DrawsOfFile } from '../draws/stored-draws.js';
import type { OnProgress } from '../progress/progress.js';

/** What the widths of a model's stages are measured with. */
export interface WidthRequest {
  readonly drawing: DrawingModel;
  readonly source: EventSource;
  /** Draws of the same events. */
  readonly drawn: DrawsOfFile;
  readonly seed: number;
  /** Events that go through the networks at once. */
  readonly batch: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Where draws lose the precision that the detector has: true partons after each part of the model that they can pass
 * there and back, beside the detector and full draws.
 * @returns undefined if the signal is aborted meanwhile.
 */
export async function stageWidths(request: WidthRequest): Promise<Required<Findings> | undefined> {
  const { drawing, source, drawn, seed, batch: batchSize, signal, onProgress } = request;
  const { split = 'test', start, events: limit } = drawn;
  const rng = new Rng(seed).fork('width');
  let widths: StageWidths | undefined;
  let done = 0;
  for await (const events of sequentialBatches(source, split, { batchSize, start, limit })) {
    if (signal?.aborted) return undefined;
    widths ??= new StageWidths(source.spec, events);
    widths.addDetector(events);
    const batch = toBatch(events, source.spec, drawing.scaling);
    const passed = drawing.model.reconstructions?.(batch, rng.fork(`events ${done}`)) ?? [];
    for (const { partons: tensor, ...stage } of passed) {
      widths.add(stage, events, unscalePartons(drawing.scaling, await tensor.data<'float32'>(), events));
      tensor.dispose();
    }
    tf.dispose(batch as unknown as tf.TensorContainer);
    widths.add({ stage: FULL_DRAWS }, events, partonsOfMomenta(drawn.readMomenta(done, events.size)));
    done += events.size;
    onProgress?.({ stage: 'measuring widths', done, total: limit, unit: 'events' });
  }
  return widths?.findings();
}
