import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isOwnFolder } from '@unfold-zoo/core/config';
import { findPackage, ignoredPackage } from '../find-package.js';

/** The two packages with TensorFlow's binding: the same code under two names. */
export const gpuPackage = '@tensorflow/tfjs-node-gpu';
export const cpuPackage = '@tensorflow/tfjs-node';

/** Where TensorFlow is to compute. */
export type TensorflowDevice = 'auto' | 'cpu' | 'gpu';

/** A binding that was found: the package's name and main file. */
export interface Installation {
  readonly name: string;
  readonly file: string;
}

/**
 * The folder that `unfold setup tensorflow` makes for a folder of configs. One of its own in `node_modules`, so that
 * npm neither prunes it nor writes to the user's package.json.
 */
export function ownFolder(folder: string): string {
  return join(folder, 'node_modules', '.unfold', 'tensorflow');
}

/** The TensorFlow packages that set-up made for this folder or one above, or that are installed, best first. */
export function installations(device: TensorflowDevice): Installation[] {
  const names = device === 'cpu' ? [cpuPackage, gpuPackage] : [gpuPackage, cpuPackage];
  const own = names.map((name) => ({ name, file: findOwn(name) }));
  const others = names.map((name) => ({ name, file: findPackage(name) }));
  return [...own, ...others].flatMap(({ name, file }) => (file === undefined ? [] : [{ name, file }]));
}

/** Whether set-up made an installation. */
export function isOwn({ file }: Installation): boolean {
  return isOfSetUp(file);
}

function isOfSetUp(path: string): boolean {
  return path.includes(join('node_modules', '.unfold', 'tensorflow'));
}

function findOwn(name: string): string | undefined {
  for (const folder of foldersOfSetUp().filter(isOwnFolder)) {
    if (existsSync(join(folder, 'node_modules', name)))
      return createRequire(join(folder, 'package.json')).resolve(name);
  }
  return undefined;
}

/** Where set-up may have made one: a folder of its own, which is also looked at from itself while it is tried. */
function foldersOfSetUp(): string[] {
  return [...ancestors(realpathSync(process.cwd()))]
    .flatMap((folder) => [folder, ownFolder(folder)])
    .filter((folder) => existsSync(join(folder, 'package.json')));
}

function* ancestors(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

/** What is wrong and what to do when TensorFlow is absent. */
export function howToInstall(): { readonly problem: string; readonly advice: string } {
  const advice = 'run `unfold setup tensorflow` beside the config, or choose engine.kind auto';
  return {
    problem: `neither ${gpuPackage} nor ${cpuPackage} is installed`,
    advice: [advice, ignoredSetUp() ?? ignoredPackage([gpuPackage, cpuPackage])].filter(Boolean).join('; '),
  };
}

function ignoredSetUp(): string | undefined {
  const folder = foldersOfSetUp().find((each) => isOfSetUp(each));
  return folder && `${folder} is not used, because it is not known that you made it`;
}
