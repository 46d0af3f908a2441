import { execFileSync } from 'node:child_process';
import { UserError } from '@unfold-zoo/core';
import { localRank } from '@unfold-zoo/core/workers';

/** A GPU as nvidia-smi describes it. */
export interface Gpu {
  readonly name: string;
  /** As nvidia-smi writes it, e.g. `81559 MiB`. */
  readonly memory: string;
  /** Compute capability, e.g. 9.0 for Hopper. */
  readonly capability: number;
}

/** The GPUs of this machine, or the one with an index or UUID; empty where nvidia-smi is missing or finds none. */
export function listGpus(which?: string): Gpu[] {
  const query = ['--query-gpu=name,memory.total,compute_cap', '--format=csv,noheader', ...(which ? ['-i', which] : [])];
  try {
    const output = execFileSync('nvidia-smi', query, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = output.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => {
      const [name = '', memory = '', capability = ''] = line.split(',').map((part) => part.trim());
      return { name, memory, capability: Number(capability) };
    });
  } catch {
    return [];
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The value of CUDA_VISIBLE_DEVICES that shows one GPU: number `index` of those that are visible, else the local rank's
 * (in turn if there are more processes than GPUs), else the first. TensorFlow's binding would compute on the last one
 * that it sees and take memory of all. `count` is the number of GPUs of the machine, 0 if that is unknown.
 * @throws UserError for an index that there is no GPU of.
 */
export function visibleDevice(environment: Environment, count: number, index?: number): string {
  const shown = environment['CUDA_VISIBLE_DEVICES'];
  const listed = shown?.split(',').map((part) => part.trim());
  // An empty value, or -1, hides all GPUs on purpose.
  if (listed && (listed[0] === '' || listed[0] === '-1')) return shown!;
  const devices = listed ?? Array.from({ length: count }, (_, i) => String(i));
  if (index !== undefined) {
    if (devices.length > 0 && index >= devices.length) {
      const source = listed ? `CUDA_VISIBLE_DEVICES is "${shown}"` : 'nvidia-smi says so';
      throw new UserError(`invalid engine.gpu ${index}: there are ${devices.length} GPUs, from 0 (${source})`);
    }
    return devices[index] ?? String(index);
  }
  const rank = localRank(environment) ?? 0;
  return devices.length > 0 ? devices[rank % devices.length]! : String(rank);
}
