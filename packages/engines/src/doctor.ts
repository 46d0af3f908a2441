import { availableParallelism, totalmem } from 'node:os';
import { Engine } from '@unfold-zoo/core';
import { COMPILERS, findCompiler } from '@unfold-zoo/core/compiler';
import { type Catalogue, pluginFile } from '@unfold-zoo/core/config';
import { defaultEngines } from './default-engines.js';
import { probeEngine } from './probe-engine.js';
import { listGpus } from './tensorflow/gpu.js';

/** One thing that was looked at. */
export interface Finding {
  readonly topic: string;
  readonly status: 'found' | 'missing' | 'broken';
  readonly detail: string;
  /** How to get or mend it; absent when nothing needs doing. */
  readonly advice?: string;
}

/** What this machine offers to a run. */
export interface MachineDiagnosis {
  readonly nodeVersion: string;
  readonly cores: number;
  /** GiB that this process may use. */
  readonly memoryGiB: number;
  readonly findings: readonly Finding[];
}

/** The oldest Node that the packages run on. */
const OLDEST_NODE = [20, 19] as const;

/**
 * Examines Node, the compiler, the GPU and every engine of the loaded plugins, the one that `auto` prefers first. Each
 * engine is started in a process of its own.
 * @example
 * const { findings } = await doctor(await catalogueOf());
 */
export async function doctor(catalogue: Catalogue): Promise<MachineDiagnosis> {
  const constrained = process.constrainedMemory();
  const memory = Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY);
  return {
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
    memoryGiB: memory / 2 ** 30,
    findings: [
      ...[node(), compiler(), gpu()],
      ...(await Promise.all(defaultEngines(catalogue).map(({ kind }) => engineFinding(catalogue, kind)))),
    ],
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

function compiler(): Finding {
  const found = findCompiler();
  if (found) return { topic: 'C++ compiler', status: 'found', detail: found.version };
  return {
    topic: 'C++ compiler',
    status: 'missing',
    detail: `none of ${COMPILERS.join(', ')} runs`,
    advice: 'install one, e.g. apt-get install g++, to build native engines',
  };
}

function gpu(): Finding {
  const gpus = listGpus().map(({ name, memory }) => `${name}, ${memory}`);
  if (gpus.length > 0) return { topic: 'GPU', status: 'found', detail: gpus.join('; ') };
  return { topic: 'GPU', status: 'missing', detail: 'nvidia-smi shows none' };
}

async function engineFinding(catalogue: Catalogue, kind: string): Promise<Finding> {
  const topic = `engine ${kind}`;
  const component = catalogue.components(Engine.key).find((each) => each.kind === kind)!;
  const plugin = catalogue.owner(component);
  const file = pluginFile(plugin);
  if (file === undefined) {
    const detail = `not started, because ${plugin.name} is a plugin that is no file`;
    return { topic, status: 'broken', detail, advice: 'load its plugin from a file' };
  }
  const { label, details, problem = '', isAvailable } = await probeEngine(kind, file);
  if (label !== undefined) return { topic, status: 'found', detail: [label, details].filter(Boolean).join(', ') };
  const [detail = '', ...advice] = problem.split('; ');
  return {
    topic,
    status: isAvailable ? 'broken' : 'missing',
    detail: isAvailable ? detail : detail.replace(/^missing [^:]+: /, ''),
    advice: advice.join('; ') || 'reinstall its package, or leave this engine out',
  };
}
