import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@unfold-zoo/core/files';
import test from 'ava';

const folder = mkdtempSync(join(tmpdir(), 'unfold-safetensors-'));
const tensors = new Map([
  ['encoder.kernel', { shape: [2, 3], values: Float32Array.from([1, -2, 3.5, 0, Number.EPSILON, -0]) }],
  ['µ', { shape: [1], values: Float32Array.from([7]) }],
  ['empty', { shape: [0, 4], values: new Float32Array(0) }],
  ['scalar', { shape: [], values: Float32Array.from([2]) }],
]);

test('tensors and metadata come back as they were written', (t) => {
  const path = join(folder, 'round-trip.safetensors');
  writeSafetensors(path, tensors, { step: '12' });
  const read = readSafetensors(path);
  t.deepEqual(read.metadata, { step: '12' });
  t.deepEqual([...read.tensors], [...tensors]);
});

test('the file has the layout of the format: length, JSON padded to 8 bytes, data', (t) => {
  const path = join(folder, 'layout.safetensors');
  writeSafetensors(path, tensors);
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  t.is(length % 8, 0);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  t.deepEqual(header['encoder.kernel'], { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
  t.is(bytes.readFloatLE(8 + length + 4), -2);
  t.is(bytes.length, 8 + length + 4 * 8);
});

test('a damaged file is refused with its name and what is wrong', (t) => {
  const path = join(folder, 'whole.safetensors');
  writeSafetensors(path, tensors);
  const bytes = readFileSync(path);
  const damaged = (content: Buffer): string => {
    const name = join(folder, `damaged-${content.length}.safetensors`);
    writeFileSync(name, content);
    return name;
  };
  for (const length of [0, 5, 40, bytes.length - 5]) {
    t.throws(() => readSafetensors(damaged(bytes.subarray(0, length))), { message: /truncated/ }, `${length} bytes`);
  }
  const garbled = Buffer.from(bytes);
  garbled[8] = 0x5b;
  t.throws(() => readSafetensors(damaged(garbled)), { message: /header/ });
});
