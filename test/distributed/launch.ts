import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { unfold } from '../cli/unfold.js';
import { type Ended, ending } from './ending.js';

// Compiled tests lie in test/dist/distributed.
export const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/unfold.js', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../../packages/distributed/package.json', import.meta.url));

/** An MPI and its launcher. */
export interface Mpi {
  readonly name: string;
  readonly launcher: string;
  readonly options: readonly string[];
  readonly library: string;
}

export const openMpi: Mpi = {
  name: 'Open MPI',
  launcher: isProgram('mpirun.openmpi') ? 'mpirun.openmpi' : 'mpirun',
  options: [
    ...(userInfo().uid === 0 ? ['--allow-run-as-root'] : []),
    ...['--oversubscribe', '--bind-to', 'none'],
    // Workers that wait leave the processor to those that do not, and to other tests.
    ...['--mca', 'mpi_yield_when_idle', '1'],
  ],
  library: 'libmpi.so.40',
};

/** As between machines: processes of one machine otherwise share memory. */
export const openMpiOverTcp: Mpi = { ...openMpi, options: [...openMpi.options, '--mca', 'btl', 'tcp,self'] };

export const mpich: Mpi = { name: 'MPICH', launcher: 'mpiexec.hydra', options: [], library: 'libmpich.so.12' };

/** Why an MPI cannot be tried here. */
export function obstacle({ launcher, library }: Mpi): string | undefined {
  if (!isProgram(launcher)) return `${launcher} is not installed`;
  try {
    createRequire(PACKAGE)('koffi').load(library);
    return undefined;
  } catch {
    return `${library} does not load`;
  }
}

/** A launcher that is under way. */
export interface Job {
  readonly launcher: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a script of Node in `ranks` processes. One that hangs is killed after two minutes. */
export function launch(mpi: Mpi, ranks: number, script: string, args: readonly string[], cwd?: string): Job {
  const all = [...mpi.options, '-n', String(ranks), process.execPath, script, ...args];
  const launcher = spawn(mpi.launcher, all, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 });
  return { launcher, ended: ending(launcher) };
}

/** Starts `unfold <args>` in `ranks` processes. */
export function launchUnfold(ranks: number, cwd: string, args: readonly string[], mpi = openMpi): Job {
  return launch(mpi, ranks, COMMAND, args, cwd);
}

/** Runs `unfold <args>` to its end in `ranks` processes, or without a launcher in this one. It must succeed. */
export async function succeeds(
  t: ExecutionContext,
  ranks: number,
  cwd: string,
  args: readonly string[],
): Promise<string> {
  const { code, output } = await (ranks === 1 ? alone(cwd, args) : launchUnfold(ranks, cwd, args).ended);
  t.is(code, 0, `unfold ${args.join(' ')}\n${output}`);
  return output;
}

/** Runs `unfold <args>` to its end in this process. */
export async function alone(cwd: string, args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await unfold(cwd, ...args);
  return { code, output: `${stdout}${stderr}` };
}

/** A training of seconds, on events of the built-in generator. */
export function shortTraining({ engine = '{kind: native, threads: 1}', steps = 50, more = {} } = {}): string[] {
  const training = { batchSize: 24, validateEvery: 20, checkpointEvery: 10, fineTune: { steps: 0 }, steps, ...more };
  return [
    `engine=${engine}`,
    `training=${JSON.stringify(training)}`,
    'data={kind: ttbar-generator, train: 240, validation: 60, test: 64}',
  ].flatMap((value) => ['--set', value]);
}

/** Waits until a run has logged so many steps, or the process that it is the work of has ended. */
export async function steps(run: string, count: number, process: ChildProcess): Promise<void> {
  while (loggedSteps(run).length < count && process.exitCode === null && process.signalCode === null) await delay(50);
}

/** The numbers of the steps that a run has logged, in order. */
export function loggedSteps(run: string): number[] {
  const path = join(run, 'metrics.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  return lines
    .map((line) => JSON.parse(line) as { type: string; step: number })
    .filter(({ type }) => type === 'step')
    .map(({ step }) => step);
}

/** The processes that a launcher started, in the order of their ranks. */
export function workersOf({ launcher }: Job): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === launcher.pid)
    .map(Number)
    .sort((a, b) => a - b);
}

// The command's name, in parentheses, may hold anything.
function parentOf(process: string): number {
  try {
    return Number(readFileSync(`/proc/${process}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[1]);
  } catch {
    return 0;
  }
}

/** A new folder in another, whose name has no symbolic links in it. */
export function newFolder(parent = tmpdir()): string {
  return realpathSync(mkdtempSync(join(parent, 'unfold-mpi-')));
}

function isProgram(name: string): boolean {
  return spawnSync(name, ['--version']).status === 0;
}
