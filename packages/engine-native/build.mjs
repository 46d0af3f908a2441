// Compiles the addon with the compiler that is there: $CXX, c++, g++ or clang++. Nothing is downloaded.
// `node build.mjs` builds what has changed; set-up calls `buildAddon`. The commands are left in compile_commands.json
// beside the addon, for editors (.clangd) and tools.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCompiler } from '@unfold-zoo/core/compiler';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, 'native');

// No -ffast-math: NaN must come through, so that a diverging training is noticed. Products and sums may be fused.
const FLAGS = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-ffp-contract=fast',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  '-Wno-unused-function',
];

const AVX512 = [
  ...['-mavx512f', '-mavx512dq', '-mavx512vl', '-mavx512bw', '-mfma', '-mprefer-vector-width=512'],
  // GCC warns of its own intrinsics.
  '-Wno-maybe-uninitialized',
  '-Wno-uninitialized',
];

// The flags of each instruction set, for its own file alone.
const INSTRUCTION_SETS = {
  'isa/plain.cc': [],
  ...(process.arch === 'x64' && { 'isa/avx2.cc': ['-mavx2', '-mfma'], 'isa/avx512.cc': AVX512 }),
};

// Compilers know it since GCC 10 and Clang 9; with older ones there is float32 alone.
const BFLOAT16 = { file: 'isa/avx512_bfloat16.cc', flag: '-mavx512bf16', define: '-DUNFOLD_HAS_BFLOAT16' };

// The instruction sets that a compiler knows, and what the other files are told of them.
function instructionSetsOf({ command }) {
  if (process.arch !== 'x64') return { files: INSTRUCTION_SETS, defines: [] };
  const { status } = spawnSync(command, [BFLOAT16.flag, '-x', 'c++', '-fsyntax-only', '-'], { input: '' });
  if (status !== 0) return { files: INSTRUCTION_SETS, defines: [] };
  return { files: { ...INSTRUCTION_SETS, [BFLOAT16.file]: [...AVX512, BFLOAT16.flag] }, defines: [BFLOAT16.define] };
}

/** Where the addon lies. */
export const addonPath = join(here, 'dist/native/unfold.node');

/**
 * Builds the addon if its sources or flags have changed. Returns undefined if nothing was to do or all went well, and
 * otherwise, the first time, why there is no addon.
 */
export async function buildAddon({ extraFlags = [], folder = dirname(addonPath), onStart = () => {} } = {}) {
  const compiler = process.platform === 'win32' ? undefined : findCompiler();
  const stamp = join(folder, 'stamp');
  const key = stampOf(compiler, extraFlags);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return undefined;
  mkdirSync(folder, { recursive: true });
  for (const old of ['unfold.node', 'log', 'stamp']) rmSync(join(folder, old), { force: true });
  const problem = compiler ? await tryToCompile(compiler, { extraFlags, folder, onStart }) : noCompiler();
  writeFileSync(stamp, key);
  return problem;
}

function noCompiler() {
  const reason = process.platform === 'win32' ? 'it is not built on Windows' : 'no C++ compiler was found';
  return `the engine "native" is left out: ${reason}`;
}

async function tryToCompile(compiler, { extraFlags, folder, onStart }) {
  onStart();
  // A folder of its own, because another set-up may be at work at the same time.
  const work = mkdtempSync(join(folder, 'build-'));
  const error = await compile(compiler, { extraFlags, folder: work, target: join(folder, 'unfold.node') });
  rmSync(work, { recursive: true, force: true });
  if (!error) return undefined;
  const log = join(folder, 'log');
  writeFileSync(log, error);
  return `the engine "native" is left out: it did not compile, see ${log}`;
}

function stampOf(compiler, extraFlags) {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([compiler, FLAGS, INSTRUCTION_SETS, BFLOAT16, extraFlags, process.arch, process.platform]),
  );
  for (const file of sources(/\.(cc|h)$/)) hash.update(file).update(readFileSync(join(source, file)));
  return hash.digest('hex');
}

function sources(pattern) {
  const names = readdirSync(source, { recursive: true }).map((name) => String(name).replaceAll('\\', '/'));
  return names.filter((name) => pattern.test(name)).sort();
}

// Returns what the compiler said of what it could not do.
async function compile(compiler, { extraFlags, folder, target }) {
  const include = createRequire(import.meta.url)('node-api-headers').include_dir;
  const { files: instructionSets, defines } = instructionSetsOf(compiler);
  // The instruction sets' files take longest.
  const files = sources(/\.cc$/).filter((file) => !file.startsWith('isa/') || file in instructionSets);
  files.sort((a, b) => Number(b in instructionSets) - Number(a in instructionSets));
  const objects = files.map((file) => join(folder, `${file.replaceAll('/', '-')}.o`));
  const commands = files.map((file, i) => {
    const flags = [...FLAGS, ...defines, ...(instructionSets[file] ?? []), ...extraFlags, `-I${include}`];
    const version = `-DUNFOLD_COMPILER=${JSON.stringify(compiler.version)}`;
    return [compiler.command, ...flags, version, '-c', join(source, file), '-o', objects[i]];
  });
  writeCompileDatabase(dirname(target), files, commands);
  const jobs = commands.map((command) => () => run(command[0], command.slice(1)));
  const errors = await inParallel(jobs, availableParallelism());
  errors.push(...files.flatMap((file, i) => (file in instructionSets ? sharedSymbols(objects[i]) : [])));
  if (errors.length > 0) return errors.join('\n');
  const unfinished = join(folder, 'unfold.node');
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const link = ['-shared', ...undefinedSymbols, ...extraFlags, '-o', unfinished, ...objects, '-pthread'];
  const error = await run(compiler.command, link);
  if (error) return error;
  renameSync(unfinished, target);
  return undefined;
}

// How each file is compiled, in the format of Clang's tools.
function writeCompileDatabase(folder, files, commands) {
  const entries = files.map((file, i) => ({ directory: source, file: join(source, file), arguments: commands[i] }));
  writeFileSync(join(folder, 'compile_commands.json'), `${JSON.stringify(entries, undefined, 2)}\n`);
}

// A function that the linker may take from any file must not be in a file compiled for one instruction set: it would
// then run on processors without it. Needs nm; without it nothing is checked.
function sharedSymbols(object) {
  const { status, stdout } = spawnSync('nm', ['-C', object], { encoding: 'utf8' });
  if (status !== 0) return [];
  return stdout
    .split('\n')
    .filter((line) => /^[0-9a-f]* [WVu] (?!__asan|__odr_asan|__ubsan|DW\.ref)/.test(line))
    .map((line) => `${object} shares ${line}`);
}

async function inParallel(jobs, width) {
  const results = [];
  const queue = jobs.values();
  const worker = async () => {
    for (const job of queue) results.push(await job());
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results.filter((result) => result !== undefined);
}

// Resolves to what the command printed if it failed.
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? undefined : output || `${command} ended with code ${code}`));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = await buildAddon();
  if (problem) console.error(problem);
  process.exitCode = existsSync(addonPath) ? 0 : 1;
}
