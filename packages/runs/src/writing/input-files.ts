import { isAbsolute, resolve } from 'node:path';
import type { Config } from '@unfold-zoo/core/config';
import { isFile } from '@unfold-zoo/core/files';
import { originsOf } from '../configs/config-values.js';
import type { ConfigInput } from '../configs/run-config.js';

/**
 * The files that a config makes a run read: data, topologies, plugins, and whatever else an option names by its path,
 * which is absolute once the config has been read.
 */
export function inputFiles({ choices, pluginFiles }: Pick<Config, 'choices' | 'pluginFiles'>): string[] {
  return [...pluginFiles, ...texts(choices)].filter((text) => isAbsolute(text) && isFile(text));
}

/** The files that a config was read from: its own and, of those that it extends, all that wrote a value of it. */
export function configFiles(config: ConfigInput, read: Config): string[] {
  const written = originsOf(read).flatMap(fileOf);
  const own = typeof config === 'string' ? [resolve(config)] : [];
  return [...new Set([...own, ...written])].filter(isFile);
}

/** `runs/a/config.yaml:3:5` says who wrote a value; so does `default`, which is no file. */
function fileOf(origin: string): string[] {
  const [, file] = /^(.*):\d+:\d+$/.exec(origin) ?? [];
  return file === undefined ? [] : [resolve(file)];
}

function* texts(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* texts(each);
}
