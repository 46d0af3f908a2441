import { z } from 'zod';

/** The config that a command is about. */
export const config = z.string().describe('a config file, or the name of a preset');

/** The run that a command is about. */
export const run = z.string().describe('folder of a trained run, or pretrained:<name>');

/** `-s, --set`: changes of a config, in order. */
export function set(config: string) {
  const changes = z.array(z.string()).default([]).describe(`change one value of ${config}`);
  return changes.meta({ short: 's', placeholder: 'key=value' });
}

/** `-o, --out`: where a command writes. */
export function out(description: string, placeholder: 'file' | 'folder', defaultText: string) {
  return z.string().optional().describe(description).meta({ short: 'o', placeholder, defaultText });
}

/** `--force`, of commands that write a file. */
export const force = z.boolean().default(false).describe('replace an existing file');

/** `--json`: for programs. */
export const json = z.boolean().default(false).describe('print as JSON');

/** `--json`, of commands that take their time and print no result. */
export const jsonEvents = z
  .boolean()
  .default(false)
  .describe('tell progress and messages as JSON, one object a line on standard error');

/** `-p, --plugin`: what else is loaded than the built-in plugins. */
export function plugin(description: string) {
  return z.array(z.string()).default([]).describe(description).meta({ short: 'p', placeholder: 'plugin' });
}

/** `--trust-plugins`: what a run from elsewhere asks for. */
export const trustPlugins = z
  .boolean()
  .default(false)
  .describe('load the plugins that a run from elsewhere names, and trust them as they are now from here on');

/** Whose kinds a command knows besides the built-in ones. */
export const knownPlugins = {
  config: z.string().optional().describe('a config whose plugins are looked at too').meta({ short: 'c' }),
  plugin: plugin('a package or file that is looked at too'),
  trustPlugins,
};
