import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findPackage } from '../find-package.js';

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

/** The TensorFlow packages that are installed where the command runs or above, best first. */
export function installations(device: TensorflowDevice, from = process.cwd()): Installation[] {
  const names = device === 'cpu' ? [cpuPackage, gpuPackage] : [gpuPackage, cpuPackage];
  const own = names.map((name) => ({ name, file: findOwn(name, from) }));
  const others = names.map((name) => ({ name, file: findPackage(name, from) }));
  return [...own, ...others].flatMap(({ name, file }) => (file === undefined ? [] : [{ name, file }]));
}

/** Whether set-up made an installation. */
export function isOwn({ file }: Installation): boolean {
  return file.includes(join('node_modules', '.unfold', 'tensorflow'));
}

function findOwn(name: string, from: string): string | undefined {
  for (const folder of ancestors(realpathSync(from))) {
    const manifest = join(ownFolder(folder), 'package.json');
    if (!existsSync(manifest)) continue;
    const main = join(dirname(manifest), 'node_modules', name);
    if (existsSync(main)) return createRequire(manifest).resolve(name);
  }
  return undefined;
}

function* ancestors(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

/** What is wrong and what to do when TensorFlow is absent. */
export function howToInstall(): { readonly problem: string; readonly advice: string } {
  return {
    problem: `neither ${gpuPackage} nor ${cpuPackage} is installed`,
    advice: 'run `unfold setup tensorflow` beside the config, or choose engine.kind auto',
  };
}
