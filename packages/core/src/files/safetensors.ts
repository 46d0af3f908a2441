import { z } from 'zod';
import { UserError } from '../errors.js';
import { writeAndFlush } from './atomic-file.js';
import { bytesOf } from './bytes-of.js';
import { readBytes } from './read-bytes.js';
import { checkJson, parseJson } from './read-json.js';

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
  const file = readBytes(path, 'a safetensors file');
  const length = file.length >= LENGTH_BYTES ? Number(file.readBigUInt64LE(0)) : Number.POSITIVE_INFINITY;
  if (length > file.length - LENGTH_BYTES) throw new UserError(`invalid ${path}: truncated, or not a safetensors file`);
  const start = LENGTH_BYTES + length;
  const { metadata, entries } = readHeader(path, file.toString('utf8', LENGTH_BYTES, start));
  checkOffsets(path, entries, file.length - start);
  const data = file.subarray(start);
  return { metadata, tensors: new Map([...entries].map(([name, entry]) => [name, tensorOf(entry, data)])) };
}

/** In front of the header, which they are the length of. */
const LENGTH_BYTES = 8;

const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

function readHeader(path: string, text: string): { metadata: Record<string, string>; entries: Map<string, Entry> } {
  const { __metadata__: metadata = {}, ...rest } = parseJson(text, path, headerSchema, 'the header of safetensors');
  const entries = Object.entries(rest).map(([name, entry]): [string, Entry] => {
    const place = `${path}, tensor "${name}"`;
    return [name, checkEntry(checkJson(entry, place, entrySchema, 'an entry of the header of safetensors'), place)];
  });
  const place = `${path}, __metadata__`;
  return { entries: new Map(entries), metadata: checkJson(metadata, place, metadataSchema, 'texts by their keys') };
}

function checkEntry(entry: Entry, place: string): Entry {
  const { dtype, shape, data_offsets } = entry;
  if (dtype !== 'F32') throw new UserError(`invalid ${place}: its numbers are ${dtype}, expected F32`);
  const [from, to] = data_offsets;
  const expected = NUMBER_BYTES * shape.reduce((product, side) => product * side, 1);
  if (to - from === expected) return entry;
  throw new UserError(`invalid ${place}: expected ${expected} bytes for the shape [${shape}], got ${to - from}`);
}

/** As the format has it, each tensor begins where the one before ends, and the last ends with the file. */
function checkOffsets(path: string, entries: ReadonlyMap<string, Entry>, length: number): void {
  const sorted = [...entries].toSorted(([, a], [, b]) => startOf(a) - startOf(b) || endOf(a) - endOf(b));
  let next = 0;
  for (const [name, entry] of sorted) {
    if (startOf(entry) !== next) {
      throw new UserError(
        `invalid ${path}, tensor "${name}": it begins at byte ${startOf(entry)} of the data, and the tensors before ` +
          `it end at ${next}`,
      );
    }
    next = endOf(entry);
    if (next > length) throw new UserError(`invalid ${path}: truncated inside tensor "${name}"`);
  }
  if (next !== length) throw new UserError(`invalid ${path}: ${length - next} bytes follow after the last tensor`);
}

function startOf({ data_offsets: [start] }: Entry): number {
  return start;
}

function endOf({ data_offsets: [, end] }: Entry): number {
  return end;
}

const NUMBER_BYTES = Float32Array.BYTES_PER_ELEMENT;

function tensorOf({ shape, data_offsets: [from, to] }: Entry, data: Buffer): HostTensor {
  // A copy, because the offset in the file need not be a multiple of 4.
  const bytes = data.buffer.slice(data.byteOffset + from, data.byteOffset + to) as ArrayBuffer;
  return { shape, values: new Float32Array(bytes) };
}
