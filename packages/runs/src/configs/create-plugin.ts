import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError, version } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { asWriteError, makeFolder } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import type { z } from 'zod';
import { PACKAGE } from './built-in.js';
import { createPluginOptions } from './create-plugin-options.js';

/** What a new plugin is: the options of the schema `createPluginOptions`. */
export type CreatePluginOptions = z.input<typeof createPluginOptions>;

/** The example component of a role. */
interface Example {
  readonly kind: string;
  /** What its source calls it. */
  readonly symbol: string;
  readonly description: string;
  /** How a config chooses it. */
  readonly usage: string;
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  schedule: {
    kind: 'sigmoid',
    symbol: 'sigmoidSchedule',
    description: 'A noise schedule that follows a sigmoid',
    usage: 'schedule: { kind: sigmoid, steepness: 6 }',
  },
  sampler: {
    kind: 'midpoint',
    symbol: 'midpointSampler',
    description: 'A sampler of second order',
    usage: 'sampler: { kind: midpoint, steps: 25 }',
  },
  metrics: {
    kind: 'quantiles',
    symbol: 'quantilesMetric',
    description: 'A distance between the quantiles of two samples',
    usage: 'metrics: [{ kind: wasserstein }, { kind: quantiles, tail: 0.05 }]',
  },
  evaluators: {
    kind: 'residuals',
    symbol: 'residualsEvaluator',
    description: 'An evaluator that holds each draw against the truth of its own event',
    usage: 'evaluators: [{ kind: residuals, quantity: px }]',
  },
  conditionEncoder: {
    kind: 'deep-set',
    symbol: 'deepSet',
    description: 'An encoder that sums over detector objects',
    usage: 'conditionEncoder: { kind: deep-set, width: 48 }',
  },
};

const TEMPLATES = join(PACKAGE, 'templates/plugin');
const SUFFIX = '.template';
/** What npm allows, without capitals. */
const PACKAGE_NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

/**
 * Makes a package with one component that builds, tests itself and has a config that runs. All of it or nothing.
 * @returns its absolute path.
 * @throws UserError for a role without a template, a name that npm does not allow, and a folder that is not empty.
 * @example
 * createPlugin('my-schedule', { role: 'schedule' });
 */
export function createPlugin(folder: string, options: CreatePluginOptions = {}): string {
  const { role, name } = checkOptions(createPluginOptions, options);
  const path = resolve(folder);
  const key = Object.hasOwn(EXAMPLES, `${role}s`) ? `${role}s` : role;
  const example = Object.hasOwn(EXAMPLES, key) ? EXAMPLES[key]! : undefined;
  if (!example) throw new UserError(`unknown role ${role}${alternatives(role, 'roles', Object.keys(EXAMPLES))}`);
  const values = { ...example, ...versions(), role: key, name: packageName(name ?? basename(path)) };
  checkFree(path);
  const files = ['common', key].flatMap((each) => templateFiles(join(TEMPLATES, each)));
  writeFolder(path, new Map(files.map(([file, text]) => [file, fill(text, values, file)])));
  return path;
}

function packageName(name: string): string {
  if (PACKAGE_NAME.test(name)) return name;
  throw new UserError(
    (option) =>
      `invalid name ${name}: expected a package name such as my-plugin or @me/plugin; give one with ${option('name')}`,
  );
}

function checkFree(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) throw new UserError(`existing ${path}: it is a file; choose another folder`);
  if (readdirSync(path).length > 0) throw new UserError(`existing ${path}: the folder is not empty; choose another`);
}

/** The ranges that a new plugin asks for: whatever is compatible with what made it. */
function versions(): Record<'core' | 'tfjs' | 'zod', string> {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const { dependencies } = manifest;
  return { core: `^${version}`, tfjs: `^${dependencies['@tensorflow/tfjs-core']}`, zod: `^${dependencies['zod']}` };
}

function templateFiles(folder: string): [path: string, text: string][] {
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => [name.slice(0, -SUFFIX.length), readFileSync(join(folder, name), 'utf8')]);
}

function fill(text: string, values: Readonly<Record<string, string>>, file: string): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`invalid template ${file}: nothing is known by the name ${key}`);
    return value;
  });
}

/** Writes files beside the folder, then gives it their place. */
function writeFolder(path: string, files: ReadonlyMap<string, string>): void {
  let temporary: string | undefined;
  try {
    makeFolder(dirname(path));
    temporary = mkdtempSync(`${path}.tmp-`);
    for (const [file, text] of files) {
      mkdirSync(dirname(join(temporary, file)), { recursive: true });
      writeFileSync(join(temporary, file), text);
    }
    if (existsSync(path)) rmdirSync(path);
    renameSync(temporary, path);
  } catch (error) {
    if (temporary) rmSync(temporary, { recursive: true, force: true });
    throw asWriteError(path, error);
  }
}
