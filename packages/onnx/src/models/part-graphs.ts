import type * as tf from '@tensorflow/tfjs-core';
import type { ConditionEncoder, Denoiser, GenerativeModel, LatentCodec } from '@unfold-zoo/core';
import { scaledWidth } from '@unfold-zoo/core/events';
import { encodeDetector } from '@unfold-zoo/core/nn';
import { type RecordedGraph, type Recording, recordGraph } from '../recording/record.js';
import { inDoublePrecision, observedInputs, scaledObservation } from './physical-units.js';
import { drawingModels, type ExportedModel } from './posterior-graph.js';

/** The networks that a model may keep under the names of their roles, as every built-in one does. */
export interface ModelParts {
  readonly conditionEncoder?: ConditionEncoder;
  readonly codec?: LatentCodec;
  readonly denoiser?: Denoiser;
}

/** Graphs of parts of models. */
export const PART_GRAPHS = ['encoder', 'codec-encoder', 'codec-decoder', 'denoiser'] as const;
/** The name of one of the `PART_GRAPHS`. */
export type PartGraph = (typeof PART_GRAPHS)[number];

/** Records a part of a model as a graph of its own. */
type RecordPart = (parts: Required<ModelParts>, exported: ExportedModel, recording: Recording) => Outputs;

type Outputs = Readonly<Record<string, tf.Tensor>>;

/**
 * A part of a model as one graph; undefined for a model without the part. What goes in and comes out, each with a row
 * for an event or a latent:
 *
 * - `encoder`: objects in physical units, as of `posteriorGraph`, to `condition`; with `tokens` and `tokens_mask` where
 *   the denoiser looks at objects.
 * - `codec-encoder`: `partons`, standardised, and `condition` to `latent_mean`, of codecs that have one.
 * - `codec-decoder`: `latent` and `condition` to `partons`, standardised.
 * - `denoiser`: `latent`, `t`, `gamma` and `condition` to `noise`; with `tokens` and `tokens_mask` where it looks at
 *   objects.
 *
 * @throws UserError for a part of which no graph can be made; it says why.
 */
export async function partGraph(name: PartGraph, exported: ExportedModel): Promise<RecordedGraph | undefined> {
  let isThere = true;
  const recorded = await recordGraph(name, (recording) => {
    const [model, ...others] = drawingModels(exported.make()) as readonly [GenerativeModel, ...GenerativeModel[]];
    recording.nameWeights(model);
    if (others.length > 0) isThere = false;
    else isThere = hasPart(name, model as GenerativeModel & ModelParts);
    return isThere ? RECORD[name](model as GenerativeModel & Required<ModelParts>, exported, recording) : {};
  });
  return isThere && recorded.graph.outputs.length > 0 ? recorded : undefined;
}

function hasPart(name: PartGraph, { conditionEncoder, codec, denoiser }: ModelParts): boolean {
  if (!conditionEncoder) return false;
  if (name === 'encoder') return true;
  return name === 'denoiser' ? denoiser !== undefined && codec !== undefined : codec !== undefined;
}

const RECORD: Readonly<Record<PartGraph, RecordPart>> = {
  encoder: ({ conditionEncoder, denoiser }, { spec, scaling }, recording) => {
    const observed = inDoublePrecision(observedInputs(spec, recording), recording);
    const seen = scaledObservation(observed, scaling, recording);
    const { summary, objects } = denoiser
      ? encodeDetector({ conditionEncoder, denoiser }, seen)
      : { summary: conditionEncoder.encode(seen) };
    return { condition: summary, ...(objects && { tokens: objects.tokens, tokens_mask: objects.mask }) };
  },
  'codec-encoder': ({ codec, conditionEncoder }, { scaling }, recording) => {
    const partons = recording.input('partons', [scaledWidth(scaling)]) as tf.Tensor2D;
    const { mean } = codec.encode(partons, conditionInput(conditionEncoder, recording));
    return mean ? { latent_mean: mean } : {};
  },
  'codec-decoder': ({ codec, conditionEncoder }, _exported, recording) => {
    const latent = recording.input('latent', [codec.latentWidth]) as tf.Tensor2D;
    return { partons: codec.decode(latent, conditionInput(conditionEncoder, recording)) };
  },
  denoiser: ({ codec, conditionEncoder, denoiser }, { spec }, recording) => {
    const latent = recording.input('latent', [codec.latentWidth]) as tf.Tensor2D;
    const level = { t: recording.input('t', []) as tf.Tensor1D, gamma: recording.input('gamma', []) as tf.Tensor1D };
    const condition = conditionInput(conditionEncoder, recording);
    const count = Object.values(spec.inputs).reduce((sum, { capacity }) => sum + capacity, 0);
    const objects = denoiser.seesObjects
      ? {
          tokens: recording.input('tokens', [count, conditionEncoder.width]) as tf.Tensor3D,
          mask: recording.input('tokens_mask', [count]) as tf.Tensor2D,
        }
      : undefined;
    return { noise: denoiser.predictNoise(latent, level, condition, objects) };
  },
};

function conditionInput({ width }: ConditionEncoder, recording: Recording): tf.Tensor2D {
  return recording.input('condition', [width]) as tf.Tensor2D;
}
