import type { Tensor2D } from '@tensorflow/tfjs-core';

/** What becomes of true partons that go through a part of a model and back: what that part costs in precision. */
export interface Reconstruction {
  /** What they went through, e.g. `codec, mean latent`; the same words for every batch. */
  readonly stage: string;
  /** Time in [0, 1] up to which noise was added, where it was. */
  readonly time?: number;
  /** [B, P] standardised. */
  readonly partons: Tensor2D;
}
