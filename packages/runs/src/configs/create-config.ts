import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import {
  type Component,
  EventSource,
  GenerativeModel,
  isUserError,
  type Role,
  type Token,
  UserError,
} from '@unfold-zoo/core';
import { alternatives, type Catalogue, isRole, jsonSchema } from '@unfold-zoo/core/config';
import { checkReplaceable, writeNewFile } from '@unfold-zoo/core/files';
import { catalogueOf } from './catalogue.js';
import { configText, SCHEMA_FILE } from './config-text.js';
import { readRunConfig } from './run-config.js';

/** What a new config is made of. */
export interface CreateConfigOptions {
  /** Kinds by role, e.g. `{ model: 'vld', sampler: 'ddim' }`; the first that is listed where none is given. */
  readonly kinds?: Readonly<Record<string, string | undefined>>;
  /** Packages or files of plugins that have some of them. */
  readonly plugins?: readonly string[];
  /** Whether files that are there already are replaced; false if absent. */
  readonly force?: boolean | undefined;
}

/** A config that was written. */
export interface CreatedConfig {
  readonly path: string;
  /** The JSON Schema that an editor checks it with. */
  readonly schema: string;
  /** What has to be mended before it runs. */
  readonly problem?: string;
}

/** Data that need no file. */
const FIRST_DATA = 'ttbar-generator';

/**
 * Writes a config of the chosen parts, with a comment on every option, and the schema that an editor checks it with.
 * @throws UserError for unknown kinds, roles that the model does not use, and a config, or another schema, that is
 * there already.
 * @example
 * await createConfig('my-run.yaml', { kinds: { model: 'vld', sampler: 'ddim' } });
 */
export async function createConfig(file: string, options: CreateConfigOptions = {}): Promise<CreatedConfig> {
  const { kinds = {}, plugins = [], force = false } = options;
  const path = resolve(file);
  const schema = join(dirname(path), SCHEMA_FILE);
  if (!['.yaml', '.yml'].includes(extname(path)))
    throw new UserError(`invalid file ${file}: expected a name that ends in .yaml`);
  checkReplaceable(path, { force });
  const catalogue = await catalogueOf({ plugins });
  const parts = chosenParts(catalogue, new Map([[EventSource.key, FIRST_DATA], ...given(kinds)]));
  const named = plugins.map((plugin) => seenFrom(dirname(path), plugin));
  writeNewFile(schema, `${JSON.stringify(jsonSchema(catalogue), null, 2)}\n`, { force });
  writeNewFile(path, configText({ name: basename(path, extname(path)), parts, plugins: named }), { force });
  const problem = await problemOf(path);
  return { path, schema, ...(problem !== undefined && { problem }) };
}

function given(kinds: NonNullable<CreateConfigOptions['kinds']>): [role: string, kind: string][] {
  return Object.entries(kinds).flatMap(([role, kind]) => (kind === undefined ? [] : [[role, kind]]));
}

async function problemOf(path: string): Promise<string | undefined> {
  try {
    await readRunConfig(path);
    return undefined;
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.message;
  }
}

/** A plugin as the new config has to name it: paths seen from its folder. */
function seenFrom(folder: string, plugin: string): string {
  if (!existsSync(plugin)) return plugin;
  const path = relative(folder, resolve(plugin));
  return path.startsWith('.') ? path : `./${path}`;
}

/** The components that the model needs, and the data, in the order they are needed. */
function chosenParts(catalogue: Catalogue, wanted: ReadonlyMap<string, string>): Component[] {
  const parts: Component[] = [];
  const visit = (role: Role<unknown>): void => {
    if (parts.some((each) => each.role.key === role.key) || role.cardinality === 'many') return;
    const part = componentOf(catalogue, role.key, wanted.get(role.key));
    parts.push(part);
    for (const token of part.inject as readonly Token<unknown>[]) if (isRole(token)) visit(token);
  };
  visit(GenerativeModel as Role<unknown>);
  visit(EventSource as Role<unknown>);
  const unused = [...wanted].filter(([role]) => !parts.some((each) => each.role.key === role));
  if (unused.length > 0) {
    throw new UserError(`unused ${unused.map(([role]) => role).join(', ')}: model "${parts[0]!.kind}" does not use it`);
  }
  return parts;
}

function componentOf(catalogue: Catalogue, role: string, kind: string | undefined): Component {
  const components = catalogue.components(role);
  const found = kind === undefined ? components[0] : components.find((each) => each.kind === kind);
  if (found) return found;
  const kinds = components.map((each) => each.kind);
  throw new UserError(`unknown ${role} "${kind ?? ''}"${alternatives(kind ?? '', 'kinds', kinds)}`);
}
