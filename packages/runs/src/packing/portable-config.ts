import { basename, isAbsolute } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { parse, stringify } from 'yaml';

/** Keys that say how one machine computes, or where something lies on it. */
const OF_THE_MACHINE = { engine: { kind: 'auto' }, parallel: { kind: 'auto' }, startFrom: undefined };

/**
 * A resolved config without what is of one machine: of files only the names are left, engine and workers are chosen
 * where it is read, and comments that say where each value came from are gone.
 * @throws UserError for plugins that are files: what is packed holds no code.
 */
export function portableConfig(config: Config): string {
  const resolved = config.resolvedYaml();
  // The comment that it begins with, on the plugins that need not be listed.
  const plugins = /^(#.*\n)+/.exec(resolved)?.[0] ?? '';
  const values = parse(resolved) as Record<string, unknown>;
  refusePluginFiles(values['plugins']);
  const portable = Object.fromEntries(
    Object.entries({ ...values, ...OF_THE_MACHINE }).filter(([, value]) => value !== undefined),
  );
  return `${plugins}\n${stringify(namesOnly(portable))}`;
}

function refusePluginFiles(plugins: unknown): void {
  const files = (Array.isArray(plugins) ? plugins : []).filter((each) => /^(\.|~|\/|[A-Za-z]:)/.test(String(each)));
  if (files.length === 0) return;
  throw new UserError(
    `invalid plugins: ${files.join(', ')} is code of this machine, and a packed model holds none; make a package of ` +
      'it, and name that in the config',
  );
}

function namesOnly(value: unknown): unknown {
  if (typeof value === 'string') return isAbsolute(value) ? basename(value) : value;
  if (Array.isArray(value)) return value.map(namesOnly);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, namesOnly(each)]));
}
