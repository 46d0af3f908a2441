// Runs the parts one after the other, each in a process of its own with its own time, and writes what each said. A
// part that fails, or has no time left, is an entry of the JSON, and the others go on. What one prints last counts.
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const BATCHES = [256, 1024, 4096];

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'gpu.json' },
    engine: { type: 'string', default: 'webgpu' },
    preset: { type: 'string', default: 'paper' },
    minutes: { type: 'string', default: '8' },
    patience: { type: 'string', default: '1' },
  },
});
const patience = Number(options.patience);
const end = performance.now() + 60_000 * Number(options.minutes) * patience;

/** name: seconds, program, arguments. */
const PARTS = {
  doctor: [30, process.execPath, join(root, cli()), 'doctor', '--json'],
  conformance: [40, ...part('conformance')],
  gradients: [60, ...part('gradients')],
  ...forBatches('train', [40, 45, 50], (batch) => part('train', '--batch', batch)),
  ...forBatches('sample', [25, 25, 30], (batch) => part('sample', '--batch', batch)),
  ...(hasTorch() ? forBatches('torch train', [25, 25, 30], (batch) => torch('train', batch)) : {}),
  ...(hasTorch() ? forBatches('torch sample', [15, 15, 20], (batch) => torch('sample', batch)) : {}),
};

const result = { machine: machine(), options, parts: {} };
for (const [name, [seconds, program, ...args]] of Object.entries(PARTS)) {
  const left = (end - performance.now()) / 1000;
  result.parts[name] = await outcome(program, args, Math.min(patience * seconds, left));
  const { seconds: taken, failure = 'done' } = result.parts[name];
  const lines = failure.split('\n');
  console.log(`${name}: ${lines.find((line) => /error/i.test(line)) ?? lines[0]}, ${taken.toFixed(1)} s`);
  writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`);
}
console.log(`wrote ${options.out}`);

function cli() {
  return 'node_modules/@unfold-zoo/cli/bin/unfold.js';
}

function part(name, ...args) {
  return [
    process.execPath,
    join(here, 'part.mjs'),
    name,
    '--engine',
    options.engine,
    '--preset',
    options.preset,
    ...args,
  ];
}

function torch(task, batch) {
  const args = ['--task', task, '--mode', 'longest', '--batch', batch, '--steps', '5', '--device', torchDevice()];
  return ['python3', join(here, '../peers/vld_torch.py'), ...args];
}

function forBatches(name, seconds, commandOf) {
  return Object.fromEntries(BATCHES.map((batch, i) => [`${name} ${batch}`, [seconds[i], ...commandOf(String(batch))]]));
}

function torchDevice() {
  return answer('python3', '-c', 'import torch; print("cuda" if torch.cuda.is_available() else "cpu")') ?? '';
}

function hasTorch() {
  return torchDevice() !== '';
}

function machine() {
  return {
    system: `${process.platform} ${process.arch} ${release()}`,
    node: process.versions.node,
    processor: `${cpus().length} x ${cpus()[0]?.model}`,
    memoryGiB: totalmem() / 2 ** 30,
    gpu: answer('nvidia-smi', '--query-gpu=name,driver_version,memory.total', '--format=csv,noheader') ?? 'none known',
    torch: answer('python3', '-c', 'import torch; print(torch.__version__)') ?? 'none',
    revision: answer('git', '-C', root, 'rev-parse', 'HEAD') ?? 'that of the archive',
  };
}

/** What a program prints, if it runs; undefined otherwise. */
function answer(program, ...args) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? stdout.trim() : undefined;
}

async function outcome(program, args, limit) {
  const start = performance.now();
  if (limit < 1) return { failure: 'not run: no time was left', seconds: 0 };
  const { code, out, error, isOver } = await finished(program, args, limit);
  const seconds = (performance.now() - start) / 1000;
  const found = lastJson(out);
  const failure = isOver ? `stopped after ${limit.toFixed(0)} s` : code === 0 ? undefined : error.trim().slice(-2000);
  return { ...(failure !== undefined && { failure: failure || `exit code ${code}` }), seconds, ...found };
}

function finished(program, args, limit) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, error, isOver] = ['', '', false];
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      error += text;
    });
    const timer = setTimeout(() => {
      isOver = true;
      child.kill('SIGKILL');
    }, 1000 * limit);
    const done = (code) => {
      clearTimeout(timer);
      resolve({ code, out, error, isOver });
    };
    child.on('error', (cause) => {
      error += cause.message;
      done(1);
    });
    child.on('close', done);
  });
}

/** All of it as one value, or else its last line that is one. */
function lastJson(text) {
  const candidates = [text, ...text.trim().split('\n').reverse()];
  for (const each of candidates) {
    try {
      return { result: JSON.parse(each) };
    } catch {
      // The next is tried.
    }
  }
  return {};
}
