import { draftOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { force, plugin } from '../../command-line/common-options.js';
import { tellNext } from '../../terminal/next-step.js';
import { print, printMessage } from '../../terminal/print.js';

/** `unfold map <file>`. */
export const command = defineCommand({
  options: z.strictObject({
    file: z
      .string()
      .describe('data file (HDF5, ROOT, Parquet, npz or npy), or a pattern or folder of some')
      .meta({ isPattern: true }),
    ...draftOptions.shape,
    out: z.string().optional().describe('YAML file to write').meta({
      short: 'o',
      placeholder: 'file',
      defaultText: 'it is printed',
    }),
    plugin: plugin('a package or file whose formats are known too'),
    force,
  }),
  positional: ['file'],
  run: async ({ file, out, force, plugin: plugins, ...options }) => {
    const { draftTopology } = await import('@unfold-zoo/runs');
    const { writeNewFile } = await import('@unfold-zoo/core/files');
    const text = await draftTopology(file, { ...options, plugins });
    if (out === undefined) return print(text);
    writeNewFile(out, text, { force });
    const open = text.split('\n').filter((line) => line.startsWith('# ?')).length;
    const guesses = open === 1 ? '1 guess or gap' : `${open} guesses and gaps`;
    printMessage(`wrote ${out}, with ${guesses}, marked by # ?`);
    tellNext({ info: printMessage, warn: printMessage }, ['inspect', file, '--topology', out]);
  },
});
