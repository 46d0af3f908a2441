import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { findCompiler } from '@unfold-zoo/core/compiler';
import { forgetOwnFolder, rememberOwnFolder } from '@unfold-zoo/core/config';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import { type ProbeReport, probeEngine } from '../probe-engine.js';
import { compileBinding } from './compile-binding.js';
import { downloadObstacle } from './download.js';
import { listGpus } from './gpu.js';
import { cpuPackage, gpuPackage, type Installation, installations, isOwn, ownFolder } from './installations.js';
import { findWheel, type Obstacle, type Wheel } from './wheel.js';

/** The version whose binding is known to compile against TensorFlow 2.13 to 2.21. */
const VERSION = '4.22.0';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What `setUpTensorflow` is asked for. */
export interface TensorflowSetup {
  /** Whether it is to compute on a GPU. */
  readonly gpu: boolean;
  /** The Python whose TensorFlow is used; absent: $TF_PYTHON or python3. */
  readonly python?: string;
  /** Told what is done, a line at a time. */
  readonly say: (text: string) => void;
}

interface Ways {
  readonly download: Obstacle | undefined;
  readonly wheel: { readonly compiler: string; readonly found: Wheel } | Obstacle;
}

/**
 * Gets a working binding of TensorFlow for configs in the current folder and below, if there is none yet: downloaded by
 * `@tensorflow/tfjs-node` itself, or else compiled against a TensorFlow that pip installed. All of it lies in one
 * folder of `node_modules`, which is put in place when the binding has been seen to work.
 * @throws UserError that tells what was tried; nothing is left behind then.
 */
export async function setUpTensorflow({ gpu, python, say }: TensorflowSetup): Promise<void> {
  if (await isWorking(gpu, say)) return;
  const ways = await findWays(gpu, python);
  const name = gpu ? gpuPackage : cpuPackage;
  if ('obstacle' in ways.wheel && ways.download) throw new UserError(noWay(name, ways.download, ways.wheel));
  const folder = ownFolder(process.cwd());
  const work = `${folder}.building`;
  const removeWork = () => {
    forgetOwnFolder(work);
    rmSync(work, { recursive: true, force: true });
    removeEmptyParents();
  };
  if (existsSync(work)) say('removing what an interrupted set-up left');
  removeWork();
  const stop = () => process.exit(EXIT.interrupted);
  process.once('exit', removeWork);
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    await installPackage(work, name, say);
    const label = await makeBinding(work, name, { gpu, ways, say });
    rmSync(folder, { recursive: true, force: true });
    forgetOwnFolder(work);
    renameSync(work, folder);
    rememberOwnFolder(folder);
    say(`TensorFlow works: ${label}`);
    say(`it lies in ${folder}; \`unfold setup tensorflow --undo\` removes it`);
  } finally {
    removeWork();
    process.off('exit', removeWork);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/** Removes what `setUpTensorflow` made for the current folder. */
export function undoTensorflow(say: (text: string) => void): void {
  const folder = ownFolder(process.cwd());
  if (!existsSync(folder)) {
    say(`nothing to undo: there is no ${folder}`);
    return;
  }
  forgetOwnFolder(folder);
  rmSync(folder, { recursive: true, force: true });
  removeEmptyParents();
  say(`removed ${folder}`);
}

/** Removes the folders that hold set-up's own, unless others have something in them. */
function removeEmptyParents(): void {
  for (const parent of ['node_modules/.unfold', 'node_modules']) {
    const path = join(process.cwd(), parent);
    if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
  }
}

async function isWorking(gpu: boolean, say: (text: string) => void): Promise<boolean> {
  const [found] = installations(gpu ? 'gpu' : 'auto');
  if (!found || (gpu && found.name !== gpuPackage)) return false;
  const { label, problem } = await probe(process.cwd());
  if (label) {
    say(`nothing to do: ${label} works, from ${found.file}`);
    return true;
  }
  say(`${describe(found)} does not work: ${problem}`);
  return false;
}

function describe(found: Installation): string {
  return isOwn(found) ? 'an earlier set-up' : `${found.file}, which is left alone,`;
}

async function findWays(gpu: boolean, python: string | undefined): Promise<Ways> {
  return { download: await downloadObstacle(gpu, process.env), wheel: findWheelWay(gpu, python) };
}

function findWheelWay(gpu: boolean, python: string | undefined): Ways['wheel'] {
  if (process.platform !== 'linux') return { obstacle: 'the binding is compiled on Linux alone' };
  const found = findWheel(python, process.env);
  const wanted = gpu ? "'tensorflow[and-cuda]'" : 'tensorflow-cpu';
  const advice = `\`python3 -m pip install ${wanted}\` and \`--python PATH\` help`;
  if ('obstacle' in found) return { obstacle: `${found.obstacle}; ${advice}` };
  if (gpu && !found.hasGpuSupport) {
    return { obstacle: `TensorFlow ${found.version} of ${found.python} was built without GPU support; ${advice}` };
  }
  const compiler = findCompiler();
  if (!compiler) return { obstacle: 'no C++ compiler runs; install one, e.g. apt-get install g++' };
  return { compiler: compiler.command, found };
}

function noWay(name: string, download: Obstacle, wheel: Obstacle): string {
  return [
    'missing TensorFlow: neither way of getting it works here, and nothing was changed',
    `  the download of ${name}: ${download.obstacle}`,
    `  a TensorFlow of pip: ${wheel.obstacle}`,
  ].join('\n');
}

async function installPackage(folder: string, name: string, say: (text: string) => void): Promise<void> {
  say(`installing ${name} ${VERSION} in a folder of its own ...`);
  mkdirSync(folder, { recursive: true });
  rememberOwnFolder(folder);
  const dependencies = { [name]: VERSION };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`);
  const quiet = ['--no-fund', '--no-audit', '--no-package-lock', '--loglevel=error'];
  const { code, output } = await run('npm', ['install', '--prefix', folder, '--ignore-scripts', ...quiet], folder);
  if (code !== 0) throw new UserError(`missing ${name}: npm could not install it, and nothing was changed\n${output}`);
}

/** Makes the binding in one way or the other and returns what the engine says of itself. */
async function makeBinding(
  folder: string,
  name: string,
  { gpu, ways, say }: { gpu: boolean; ways: Ways; say: (text: string) => void },
): Promise<string> {
  const failures: string[] = [];
  const checked = async (way: string, failure: string | undefined) => {
    const { label, problem } = failure === undefined ? await probe(folder) : { problem: failure };
    if (!label) failures.push(`${way}: ${problem}`);
    return label;
  };
  if (ways.download) failures.push(`the download of ${name}: ${ways.download.obstacle}`);
  else {
    say(`downloading libtensorflow, as ${name} does ...`);
    const label = await checked(`the download of ${name}`, await download(folder, name));
    if (label) return label;
  }
  if ('obstacle' in ways.wheel) failures.push(`a TensorFlow of pip: ${ways.wheel.obstacle}`);
  else {
    const { compiler, found } = ways.wheel;
    const what = `TensorFlow ${found.version} of ${found.python}`;
    if (failures.length > 0) say(failures[0]!);
    say(`compiling the binding against ${what}, with ${compiler} ...`);
    const label = await checked(what, await compileBinding(join(folder, 'node_modules', name), compiler, found));
    if (label) {
      if (gpu && listGpus().length === 0) say('nvidia-smi shows no GPU here: it was tried on the CPU alone');
      return label;
    }
  }
  throw new UserError(`missing TensorFlow: no way worked, and nothing was changed\n  ${failures.join('\n  ')}`);
}

/** Runs the package's own install script, which downloads TensorFlow and the binding, or compiles that. */
async function download(folder: string, name: string): Promise<string | undefined> {
  const { code, output } = await run('npm', ['rebuild', '--prefix', folder, '--ignore-scripts=false', name], folder);
  return code === 0 ? undefined : output;
}

/** Starts the engine in a process of its own, as from a folder. */
function probe(folder: string): Promise<ProbeReport> {
  return probeEngine('tensorflow', fileURLToPath(new URL('../index.js', import.meta.url)), folder);
}

/** Runs a command; its last lines tell why it failed. */
function run(command: string, args: readonly string[], cwd: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, shell: process.platform === 'win32', stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = `${output}${chunk}`.slice(-2000);
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code, output: output.trim() }));
  });
}
