import { createPluginOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { printMessage } from '../terminal/print.js';

/** `unfold create plugin <folder>`: a package that builds, tests itself and has a config that runs. */
export const command = defineCommand({
  options: z.strictObject({ folder: z.string().describe('folder to make'), ...createPluginOptions.shape }),
  positional: ['folder'],
  run: async ({ folder, ...options }) => {
    const { createPlugin } = await import('@unfold-zoo/runs');
    const path = createPlugin(folder, options);
    printMessage(`made ${path}; next: cd ${folder}, npm install, npm test, then read README.md`);
  },
});
