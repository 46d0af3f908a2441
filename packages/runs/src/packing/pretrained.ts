import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { RUN_FILE } from '../run/run-files.js';

const PREFIX = 'pretrained:';

/** Where a run lies, and where what is made from it is written unless its user says otherwise. */
export interface RunPlace {
  readonly folder: string;
  readonly outputs: string;
}

/**
 * The place that a run's name stands for: a folder, or `pretrained:<name>`, a model of the package
 * `@unfold-zoo/pretrained` or of the folder that the environment names as `UNFOLD_PRETRAINED`. What is made from one of
 * these is written to `pretrained/<name>` in the working directory: packages are left as they are.
 * @throws UserError for a model that is not there.
 * @example
 * runPlace('runs/my-run'); // { folder: '/home/me/runs/my-run', outputs: '/home/me/runs/my-run' }
 */
export function runPlace(name: string): RunPlace {
  if (!name.startsWith(PREFIX)) return { folder: resolve(name), outputs: resolve(name) };
  const model = name.slice(PREFIX.length);
  const known = pretrainedModels();
  const folder = known.get(model);
  if (folder === undefined) throw unknownModel(model, [...known.keys()]);
  return { folder, outputs: resolve('pretrained', model) };
}

function unknownModel(model: string, known: readonly string[]): UserError {
  if (known.length > 0)
    return new UserError(`unknown pretrained model "${model}"${alternatives(model, 'pretrained models', known)}`);
  return new UserError(
    `unknown pretrained model "${model}": there is none here; the package @unfold-zoo/pretrained has them, and ` +
      'UNFOLD_PRETRAINED may name a folder with others',
  );
}

/** Folders of the models that come along, by their names; those of the user go first. */
function pretrainedModels(): ReadonlyMap<string, string> {
  const own = process.env['UNFOLD_PRETRAINED'];
  const installed = installedModels();
  return new Map([...(installed ? modelsIn(installed) : []), ...(own ? modelsIn(resolve(own)) : [])]);
}

function installedModels(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@unfold-zoo/pretrained/package.json')), 'models');
  } catch {
    return undefined;
  }
}

function modelsIn(folder: string): [name: string, folder: string][] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names
    .map((name): [string, string] => [name, join(folder, name)])
    .filter(([, path]) => existsSync(join(path, RUN_FILE.marker)));
}
