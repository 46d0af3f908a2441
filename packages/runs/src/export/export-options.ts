import { z } from 'zod';
import { checkpointOption } from '../draws/sample-options.js';

/** What a trained model is written as, and where. */
export const exportOptions = z.object({
  format: z.enum(['onnx']).default('onnx').describe('what the model is written as'),
  out: z
    .string()
    .optional()
    .describe('folder to write')
    .meta({ placeholder: 'folder', defaultText: 'onnx in the run' }),
  checkpoint: checkpointOption,
  force: z.boolean().default(false).describe('replace existing files'),
});

/** Options of `Run.export`: those of the schema `exportOptions`. */
export type ExportOptions = z.input<typeof exportOptions>;
