import * as tf from '@tensorflow/tfjs-core';
import { ConditionEncoder, component, EventSpec, Module, type Observation, type Rng } from '@unfold-zoo/core';
import { GatedFeedForward, type Linear } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { expansion, gateBias } from '../blocks/gated-block-options.js';
import { GatedStack } from '../blocks/gated-stack.js';
import { embedObjects, type ObjectTokens, objectEmbeddings } from './object-tokens.js';

const deepSetsOptions = z.object({
  width: z.int().positive().default(96).describe('Width D of the objects, of the blocks and of the summary'),
  objectBlocks: z.int().nonnegative().default(4).describe('Blocks that each object goes through by itself'),
  eventBlocks: z.int().nonnegative().default(4).describe('Blocks after the objects are pooled'),
  expansion,
  gateBias,
});

/** Parsed options of the condition encoder `deep-sets`. */
export type DeepSetsOptions = z.output<typeof deepSetsOptions>;

/**
 * Deep sets (Zaheer et al. 2017): rho(pool of phi(object)), with the paper's gated blocks in phi and rho. The pool of
 * each input is the mean and the sum of its objects: what kind there are, and how many. Cheaper than attention, and
 * blind to relations between objects that rho cannot find in their sums.
 */
export class DeepSets extends Module implements ConditionEncoder {
  readonly width: number;
  readonly embeddings: ReadonlyMap<string, Linear>;
  /** phi, the same for every input once it is embedded. */
  readonly objectBlocks: readonly GatedFeedForward[];
  /** rho. */
  readonly summary: GatedStack;

  constructor(spec: EventSpec, options: DeepSetsOptions, rng: Rng) {
    super();
    const { width, objectBlocks, eventBlocks, expansion, gateBias } = options;
    const block = { width, expansion, gateBias };
    this.width = width;
    this.embeddings = objectEmbeddings(spec, width, rng);
    this.objectBlocks = Array.from(
      { length: objectBlocks },
      (_, i) => new GatedFeedForward(block, rng.fork(`objectBlocks ${i}`)),
    );
    const pooled = 2 * width * this.embeddings.size;
    const stack = { ...block, inputs: pooled, outputs: width, blocks: eventBlocks };
    this.summary = new GatedStack(stack, rng.fork('summary'));
  }

  encode(observed: Observation): tf.Tensor2D {
    return tf.tidy(() => {
      const pools = [...this.embeddings].flatMap(([name, embedding]) => {
        const { tokens, mask } = embedObjects(observed, name, embedding);
        const objects = this.objectBlocks.reduce((current, block) => block.apply(current, mask), tokens);
        return pool({ tokens: objects, mask });
      });
      return this.summary.apply(tf.concat(pools, 1));
    });
  }
}

/** Mean and sum over the objects that are there, both [B, D]; zero where there are none. */
function pool({ tokens, mask }: ObjectTokens): tf.Tensor2D[] {
  const sum = tf.sum<tf.Tensor2D>(tokens, 1);
  const count = tf.maximum(tf.sum(mask, 1, true), 1);
  return [tf.div(sum, count), sum];
}

/** The component `deep-sets` of the role `conditionEncoder`. */
export const deepSets = component(ConditionEncoder, 'deep-sets', {
  description: 'Deep sets: each object by itself, then mean and sum over the objects, then the event',
  options: deepSetsOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new DeepSets(spec, options, rng),
});
