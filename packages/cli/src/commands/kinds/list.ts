import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { json, knownPlugins } from '../../command-line/common-options.js';
import { print } from '../../terminal/print.js';

/** `unfold list [role]`. */
export const command = defineCommand({
  options: z.strictObject({
    role: z.string().optional().describe('one role, e.g. schedule'),
    ...knownPlugins,
    options: z.boolean().default(false).describe('with the options of each; JSON has them always'),
    json,
  }),
  positional: ['role'],
  onlyPrints: true,
  run: async ({ role, config, plugin: plugins, options, json }) => {
    const { catalogueOf, listKinds } = await import('@unfold-zoo/runs');
    const { kindJson, roleText } = await import('../../terminal/index.js');
    const catalogue = await catalogueOf({ config, plugins });
    const roles = role === undefined ? catalogue.roles : [role];
    const byRole = roles.map((each) => [each, listKinds(catalogue, each)] as const);
    const text = json
      ? JSON.stringify(Object.fromEntries(byRole.map(([key, kinds]) => [key, kinds.map(kindJson)])), null, 2)
      : byRole.map(([key, kinds]) => roleText(key, kinds, { withOptions: options })).join('\n\n');
    print(`${text}\n`);
  },
});
