import { basename } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { force, knownPlugins, out } from '../../command-line/common-options.js';
import { print, printMessage } from '../../terminal/print.js';

/** `unfold schema`: what editors need to complete and check configs. */
export const command = defineCommand({
  options: z.strictObject({ ...knownPlugins, out: out('file to write', 'file', 'print'), force }),
  onlyPrints: true,
  run: async ({ config, plugin: plugins, trustPlugins, out, force }) => {
    const { catalogueOf } = await import('@unfold-zoo/runs');
    const { jsonSchema } = await import('@unfold-zoo/core/config');
    const { writeNewFile } = await import('@unfold-zoo/core/files');
    const catalogue = await catalogueOf({ config, plugins, trustPlugins });
    const text = `${JSON.stringify(jsonSchema(catalogue), null, 2)}\n`;
    if (out === undefined) {
      print(text);
      return;
    }
    writeNewFile(out, text, { force });
    printMessage(`wrote ${out}; begin a config beside it with # yaml-language-server: $schema=./${basename(out)}`);
  },
});
