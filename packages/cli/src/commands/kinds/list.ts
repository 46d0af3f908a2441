import type { UserError } from '@unfold-zoo/core';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { json, knownPlugins } from '../../command-line/common-options.js';
import { flagName } from '../../command-line/flag-name.js';
import { print, printMessage } from '../../terminal/print.js';

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
  run: async ({ role, config, plugin: plugins, trustPlugins, options, json }) => {
    const { catalogueOf, listKinds } = await import('@unfold-zoo/runs');
    const { kindJson, roleText } = await import('../../terminal/index.js');
    const onUntrusted = (error: UserError): void => printMessage(`warning: ${error.messageNaming(flagName)}`);
    const catalogue = await catalogueOf({ config, plugins, trustPlugins, onUntrusted });
    const roles = role === undefined ? catalogue.roles : [role];
    const byRole = roles.map((each) => [each, listKinds(catalogue, each)] as const);
    const text = json
      ? JSON.stringify(Object.fromEntries(byRole.map(([key, kinds]) => [key, kinds.map(kindJson)])), null, 2)
      : byRole.map(([key, kinds]) => roleText(key, kinds, { withOptions: options })).join('\n\n');
    print(`${text}\n`);
  },
});
