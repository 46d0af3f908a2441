import type { Communicator } from '../../contracts/training/communicator.js';
import { bytesOf } from '../../files/bytes-of.js';
import type { HostTensor } from '../../files/safetensors.js';
import { sha256 } from '../../files/sha256.js';
import { CommonFailure } from '../../workers/common-failure.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import type { Weight } from '../weights.js';

/** Workers have other weights than worker 0, though all did the same updates. */
export class WorkersDrifted extends CommonFailure {
  override readonly name = 'WorkersDrifted';
}

/** The bytes that worker 0 has, on every worker. The others' argument is not looked at. */
export async function shareBytes(communicator: Communicator, bytes: Uint8Array | undefined): Promise<Uint8Array> {
  if (communicator.world === 1) return bytes!;
  const isFirst = communicator.rank === 0;
  const length = Float64Array.of(isFirst ? bytes!.length : 0);
  await communicator.allReduceSum(length, 'sharing what worker 0 has');
  const shared = isFirst ? bytes! : new Uint8Array(length[0]!);
  await communicator.broadcast(shared);
  return shared;
}

/** What worker 0 has, on every worker, passed on as JSON. The others' `read` is not called. */
export async function shareJson<T>(communicator: Communicator, read: () => T | Promise<T>): Promise<T> {
  const isFirst = communicator.rank === 0;
  const value = isFirst ? await read() : undefined;
  if (communicator.world === 1) return value as T;
  const bytes = isFirst ? new TextEncoder().encode(JSON.stringify(value ?? null)) : undefined;
  return JSON.parse(new TextDecoder().decode(await shareBytes(communicator, bytes))) as T;
}

/** The weights of worker 0 in place of every other's. */
export async function shareWeights(communicator: Communicator, weights: readonly Weight[]): Promise<void> {
  if (communicator.world === 1) return;
  const bytes = await shareBytes(communicator, join(weights.map(({ values }) => values)));
  let offset = 0;
  for (const { values } of weights) {
    bytesOf(values).set(bytes.subarray(offset, offset + values.byteLength));
    offset += values.byteLength;
  }
}

/** What a tensor of a checkpoint is called and how large it is; its values follow in one run of bytes. */
interface Entry {
  readonly part: 'weights' | 'optimiser' | 'average';
  readonly name: string;
  readonly shape: readonly number[];
  readonly length: number;
}

/** The checkpoint that worker 0 reads, on every worker: whatever their disks show. */
export async function shareCheckpoint(communicator: Communicator, read: () => Checkpoint): Promise<Checkpoint> {
  const own = communicator.rank === 0 ? read() : undefined;
  if (communicator.world === 1) return own!;
  const tensors = own && tensorsOf(own);
  const head = await shareJson(communicator, () => ({ state: own!.state, entries: tensors!.map(([entry]) => entry) }));
  const bytes = await shareBytes(communicator, tensors && join(tensors.map(([, { values }]) => values)));
  return own ?? { state: head.state, ...split(head.entries, bytes) };
}

function tensorsOf(checkpoint: Checkpoint): [Entry, HostTensor][] {
  const parts = ['weights', 'optimiser', 'average'] as const;
  return parts.flatMap((part) =>
    [...(checkpoint[part] ?? [])].map(([name, tensor]): [Entry, HostTensor] => [
      { part, name, shape: tensor.shape, length: tensor.values.length },
      tensor,
    ]),
  );
}

function split(entries: readonly Entry[], bytes: Uint8Array): Omit<Checkpoint, 'state'> {
  const parts = { weights: new Map(), optimiser: new Map(), average: new Map() };
  let offset = 0;
  for (const { part, name, shape, length } of entries) {
    const end = offset + length * Float32Array.BYTES_PER_ELEMENT;
    parts[part].set(name, { shape, values: new Float32Array(bytes.slice(offset, end).buffer) });
    offset = end;
  }
  const { average, ...rest } = parts;
  return average.size > 0 ? { ...rest, average } : rest;
}

/** The workers whose `parts` differ from those of worker 0, by checksum; the same list on all. */
export async function unlikeFirst(
  communicator: Communicator,
  parts: readonly (string | Float32Array)[],
): Promise<number[]> {
  const { rank, world } = communicator;
  if (world === 1) return [];
  const sums = new Float64Array(world);
  sums[rank] = checksum(parts);
  await communicator.allReduceSum(sums, 'comparing with worker 0');
  return [...sums.keys()].filter((worker) => sums[worker] !== sums[0]);
}

/**
 * Compares what is about to be saved with what the others have.
 * @throws WorkersDrifted, on all of them.
 */
export async function checkUndrifted(communicator: Communicator, step: number, checkpoint: Checkpoint): Promise<void> {
  const others = await unlikeFirst(
    communicator,
    tensorsOf(checkpoint).map(([, { values }]) => values),
  );
  if (others.length === 0) return;
  throw new WorkersDrifted(
    `drifted: at step ${step} the weights or moments of worker ${others.join(', ')} are not those of worker 0, ` +
      'though all did the same updates; a machine that computes wrongly, or machines that round differently; nothing ' +
      'was saved of this step',
  );
}

/** 48 bits, which a float64 holds. */
function checksum(parts: readonly (string | Float32Array)[]): number {
  const hash = sha256(parts.map((part) => (typeof part === 'string' ? part : bytesOf(part))));
  return Number.parseInt(hash.slice(0, 12), 16);
}

function join(arrays: readonly Float32Array[]): Uint8Array {
  const joined = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const values of arrays) {
    joined.set(bytesOf(values), offset);
    offset += values.byteLength;
  }
  return joined;
}
