import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';

const options = z
  .strictObject({
    what: z
      .enum(['native', 'tensorflow'])
      .describe('native, the compiled engine, or tensorflow, TensorFlow for configs in this folder'),
    gpu: z.boolean().default(false).describe('tensorflow: for a GPU'),
    python: z
      .string()
      .optional()
      .describe('tensorflow: Python whose TensorFlow is used')
      .meta({ placeholder: 'path', defaultText: '$TF_PYTHON, or python3' }),
    undo: z.boolean().default(false).describe('tensorflow: remove what this command made in this folder'),
  })
  .refine(({ what, gpu, python, undo }) => what === 'tensorflow' || !(gpu || python !== undefined || undo), {
    error: 'unused --gpu, --python or --undo: only `setup tensorflow` has them',
  })
  .refine(({ gpu, python, undo }) => !undo || !(gpu || python !== undefined), {
    error: 'unused --gpu or --python: `setup tensorflow --undo` removes what was made for either',
  });

/** `unfold setup <what>`. */
export const command = defineCommand({
  options,
  positional: ['what'],
  run: async ({ what, ...how }) => {
    const { setUpNative, setUpTensorflow } = await import('../terminal/set-up.js');
    if (what === 'tensorflow') await setUpTensorflow(how);
    else await setUpNative();
  },
});
