import { type EventSource, type EventSpec, QUANTITIES, type Quantity, type Split, UserError } from '@unfold-zoo/core';
import type { DrawFile } from '@unfold-zoo/data';
import { type PartonColumns, partonColumns } from '@unfold-zoo/metrics';

/** Truth and draws of a file, as the metrics read them. With several draws an event, every draw counts as a prediction. */
export interface DrawColumns {
  readonly truth: PartonColumns;
  readonly predicted: PartonColumns;
}

/** Reads a file of draws into memory: 220 bytes an event and draw. */
export function readDrawColumns(file: DrawFile, spec: EventSpec): DrawColumns {
  const particles = spec.particles.map(({ name }) => name);
  if (String(file.particles) !== String(particles)) {
    throw new UserError(`invalid ${file.path}: its particles are ${file.particles}, those of the run are ${particles}`);
  }
  if (!file.hasTruth) throw new UserError(`invalid ${file.path}: it holds no truth to compare the draws with`);
  const width = 5 * particles.length;
  const truth = new Float32Array(file.events * width);
  const draws = new Float32Array(file.events * file.draws * width);
  const weights = file.hasWeights ? new Float32Array(file.events) : undefined;
  for (let start = 0; start < file.events; start += READ_BLOCK) {
    const block = file.read(start, Math.min(READ_BLOCK, file.events - start));
    truth.set(block.truth!, start * width);
    draws.set(block.draws, start * file.draws * width);
    weights?.set(block.weights!, start);
  }
  const repeated =
    weights && Float32Array.from({ length: file.events * file.draws }, (_, i) => weights[Math.floor(i / file.draws)]!);
  return { truth: momentumColumns(truth, width, weights), predicted: momentumColumns(draws, width, repeated) };
}

const READ_BLOCK = 16_384;

/** Columns of rows of momenta: mass, energy, px, py, pz of each particle. */
function momentumColumns(momenta: Float32Array, width: number, weights?: Float32Array): PartonColumns {
  const count = momenta.length / width;
  const column = (particle: number, quantity: Quantity): Float64Array => {
    const first = particle * QUANTITIES.length + QUANTITIES.indexOf(quantity);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = momenta[first + i * width]!;
    return quantity === 'logE' ? values.map(Math.log) : values;
  };
  return { count, column, ...(weights && { weights }) };
}

/** Truth that the test events have nothing to do with: the first `count` of the training split, if it has as many. */
export async function readIndependentTruth(source: EventSource, count: number): Promise<PartonColumns | undefined> {
  return source.count('train') < count ? undefined : readTruth(source, 'train', count);
}

/** The truth of the first `count` events of a split. */
export async function readTruth(source: EventSource, split: Split, count: number): Promise<PartonColumns> {
  const width = source.spec.particles.length * QUANTITIES.length;
  const partons = new Float32Array(count * width);
  let weights: Float32Array | undefined;
  for (let start = 0; start < count; start += source.blockSize) {
    const block = await source.read(split, start, Math.min(source.blockSize, count - start));
    partons.set(block.partons, start * width);
    if (block.weights) {
      weights ??= new Float32Array(count);
      weights.set(block.weights, start);
    }
  }
  return partonColumns(source.spec, partons, weights);
}
