import { execFile } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listGpus } from './tensorflow/gpu.js';
import { howToInstall, installations } from './tensorflow/installations.js';
import { howToInstallWebGpu, missingWebGpuPackages } from './webgpu.js';

/** One thing that was looked at. */
export interface Finding {
  readonly topic: string;
  readonly status: 'found' | 'missing' | 'broken';
  readonly detail: string;
  /** How to get or mend it; absent when nothing needs doing. */
  readonly advice?: string;
}

/** What this machine offers to a run. */
export interface Diagnosis {
  readonly nodeVersion: string;
  readonly cores: number;
  /** GiB that this process may use. */
  readonly memoryGiB: number;
  readonly findings: readonly Finding[];
}

/** The oldest Node that the packages run on. */
const OLDEST_NODE = [20, 19] as const;

/** Examines Node, the compiler, the GPU and every engine. Each engine is started in a process of its own. */
export async function doctor(): Promise<Diagnosis> {
  const constrained = process.constrainedMemory();
  const memory = Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY);
  return {
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
    memoryGiB: memory / 2 ** 30,
    findings: await Promise.all([
      ...[node(), compiler(), gpu()],
      ...[native(), started('cpu'), started('wasm'), tensorflow(), webgpu()],
    ]),
  };
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const isRecent = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  const detail = `${process.versions.node} on ${process.platform} ${process.arch}`;
  if (isRecent) return { topic: 'Node', status: 'found', detail };
  return { topic: 'Node', status: 'broken', detail, advice: `install Node ${OLDEST_NODE.join('.')} or newer` };
}

async function compiler(): Promise<Finding> {
  for (const command of [process.env['CXX'], 'g++', 'clang++', 'c++']) {
    const output = command && (await firstLine(command, ['--version']));
    if (output) return { topic: 'C++ compiler', status: 'found', detail: output };
  }
  return {
    topic: 'C++ compiler',
    status: 'missing',
    detail: 'none of g++, clang++ and c++ runs',
    advice: 'install one, e.g. apt-get install g++, to build native engines',
  };
}

function gpu(): Finding {
  const gpus = listGpus().map(({ name, memory }) => `${name}, ${memory}`);
  if (gpus.length > 0) return { topic: 'GPU', status: 'found', detail: gpus.join('; ') };
  return { topic: 'GPU', status: 'missing', detail: 'nvidia-smi shows none' };
}

async function native(): Promise<Finding> {
  const finding = await started('native');
  if (finding.status === 'found') return finding;
  const advice = 'install a C++ compiler, e.g. apt-get install g++, then run `unfold setup native`';
  return { ...finding, status: finding.detail.startsWith('missing') ? 'missing' : 'broken', advice };
}

async function tensorflow(): Promise<Finding> {
  if (installations('auto').length === 0) {
    const { problem: detail, advice } = howToInstall();
    return { topic: 'engine tensorflow', status: 'missing', detail, advice };
  }
  const finding = await started('tensorflow');
  return finding.status === 'found' ? finding : { ...finding, advice: 'mend it with `unfold setup tensorflow`' };
}

async function webgpu(): Promise<Finding> {
  if (missingWebGpuPackages().length > 0) {
    const [detail = '', ...advice] = howToInstallWebGpu().split('; ');
    return { topic: 'engine webgpu', status: 'missing', detail, advice: advice.join('; ') };
  }
  const finding = await started('webgpu');
  if (finding.status === 'found') return finding;
  // Dawn prints before the error, which says itself what would mend it, behind its first semicolon.
  const [detail = '', ...advice] = finding.detail.split('\n').at(-1)!.split('; ');
  return { ...finding, detail, ...(advice.length > 0 && { advice: advice.join('; ') }) };
}

async function started(kind: 'native' | 'cpu' | 'wasm' | 'tensorflow' | 'webgpu'): Promise<Finding> {
  const topic = `engine ${kind}`;
  try {
    const { stdout } = await run(process.execPath, [fileURLToPath(new URL('./probe.js', import.meta.url)), kind]);
    return { topic, status: 'found', detail: stdout.trim() };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const detail = stderr?.trim() || message;
    return { topic, status: 'broken', detail, advice: 'reinstall its package, or leave this engine out' };
  }
}

const run = promisify(execFile);

async function firstLine(command: string, args: readonly string[]): Promise<string | undefined> {
  const result = await run(command, [...args]).catch(() => undefined);
  return result?.stdout.split('\n')[0];
}
