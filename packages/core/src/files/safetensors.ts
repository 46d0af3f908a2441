import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { writeAndFlush } from './atomic-file.js';
import { bytesOf } from './bytes-of.js';

/** A float32 tensor on the host. */
export interface HostTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

const size = z.int().min(0);
const entrySchema = z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) });

type Entry = Readonly<z.output<typeof entrySchema>>;

/**
 * Writes named float32 tensors in the safetensors format (https://github.com/huggingface/safetensors), readable from
 * PyTorch and JAX. Flushed, not renamed: callers write into a folder that is renamed as a whole.
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeAndFlush(path, encodeSafetensors(tensors, metadata));
}

/** The parts of such a file, in order. The data are views of the tensors' values. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): (string | Uint8Array)[] {
  const header: Record<string, Entry | Readonly<Record<string, string>>> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape: [...shape], data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = JSON.stringify(header);
  // The data start at a multiple of 8 bytes; the format pads the header with spaces.
  const padded = json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(padded)));
  return [length, padded, ...[...tensors.values()].map(({ values }) => bytesOf(values))];
}

/**
 * Reads what `writeSafetensors` or any other writer of float32 tensors wrote.
 * @throws UserError for a file that is missing, truncated or damaged, and for tensors that are not float32.
 */
export function readSafetensors(path: string): {
  tensors: Map<string, HostTensor>;
  metadata: Record<string, string>;
} {
  if (!existsSync(path)) throw new UserError(`missing ${path}: expected a safetensors file`);
  const file = readFileSync(path);
  const { header, start } = parseHeader(path, file);
  const { __metadata__: metadata = {}, ...entries } = header as { __metadata__?: Record<string, string> };
  const tensors = new Map<string, HostTensor>();
  for (const [name, value] of Object.entries(entries)) {
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw new UserError(`invalid ${path}: the header's entry of tensor "${name}" is not one`);
    tensors.set(name, readEntry(path, file, start, name, entry.data));
  }
  return { tensors, metadata };
}

function parseHeader(path: string, file: Buffer): { header: Record<string, unknown>; start: number } {
  const length = file.length >= 8 ? Number(file.readBigUInt64LE(0)) : Number.POSITIVE_INFINITY;
  if (length > file.length - 8) throw new UserError(`invalid ${path}: truncated, or not a safetensors file`);
  try {
    return { header: JSON.parse(file.toString('utf8', 8, 8 + length)), start: 8 + length };
  } catch {
    throw new UserError(`invalid ${path}: its header is not the JSON that a safetensors file begins with`);
  }
}

function readEntry(path: string, file: Buffer, start: number, name: string, entry: Entry): HostTensor {
  const { dtype, shape, data_offsets } = entry;
  if (dtype !== 'F32') throw new UserError(`invalid ${path}: tensor "${name}" is ${dtype}, expected F32`);
  const [from, to] = data_offsets;
  const size = shape.reduce((product, side) => product * side, 1);
  if (to - from !== 4 * size) throw new UserError(`invalid ${path}: tensor "${name}" has the wrong number of bytes`);
  if (start + to > file.length) throw new UserError(`invalid ${path}: truncated inside tensor "${name}"`);
  // A copy, because the offset in the file need not be a multiple of 4.
  const bytes = file.buffer.slice(file.byteOffset + start + from, file.byteOffset + start + to);
  return { shape, values: new Float32Array(bytes) };
}
