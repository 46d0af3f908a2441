import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { json, knownPlugins } from '../../command-line/common-options.js';
import { print } from '../../terminal/print.js';

/** `unfold describe <kind>`: the component of that name, in every role that has one. */
export const command = defineCommand({
  options: z.strictObject({ kind: z.string().describe('e.g. gaussian'), ...knownPlugins, json }),
  positional: ['kind'],
  onlyPrints: true,
  run: async ({ kind, config, plugin: plugins, json }) => {
    const { catalogueOf, describeKind } = await import('@unfold-zoo/runs');
    const { kindJson, kindText } = await import('../../terminal/index.js');
    const catalogue = await catalogueOf({ config, plugins });
    const found = describeKind(catalogue, kind);
    const text = json
      ? JSON.stringify(found.map(kindJson), null, 2)
      : found.map((each) => kindText(each, catalogue.roles)).join('\n\n');
    print(`${text}\n`);
  },
});
