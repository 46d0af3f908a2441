import { basename } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { knownPlugins, out } from '../../command-line/common-options.js';
import { print, printMessage } from '../../terminal/print.js';

/** `unfold schema`: what editors need to complete and check configs. */
export const command = defineCommand({
  options: z.strictObject({ ...knownPlugins, out: out('file to write', 'file', 'print') }),
  onlyPrints: true,
  run: async ({ config, plugin: plugins, out }) => {
    const { catalogueOf } = await import('@unfold-zoo/runs');
    const { jsonSchema } = await import('@unfold-zoo/core/config');
    const { writeFileAtomically } = await import('@unfold-zoo/core/files');
    const text = `${JSON.stringify(jsonSchema(await catalogueOf({ config, plugins })), null, 2)}\n`;
    if (out === undefined) {
      print(text);
      return;
    }
    writeFileAtomically(out, text);
    printMessage(`wrote ${out}; begin a config beside it with # yaml-language-server: $schema=./${basename(out)}`);
  },
});
