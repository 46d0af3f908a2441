import { z } from 'zod';

/** The option that all networks of gated blocks share for the width inside of a block. */
export const expansion = z.int().positive().default(2).describe('Inverse bottleneck expansion k (paper, Table 2)');

/** The option that all networks of gated blocks share for how they start. */
export const gateBias = z
  .number()
  .default(0)
  .describe('Initial bias of the update gates: above 0, blocks start nearer to the identity (SPANet: 2)');
