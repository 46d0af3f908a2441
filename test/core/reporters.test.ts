import { appendFileSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Reporter, Rng, type StepRecord } from '@unfold-zoo/core';
import { Catalogue, corePlugin } from '@unfold-zoo/core/config';
import { crc32c, readLog } from '@unfold-zoo/core/training';
import test from 'ava';

const reporter = (kind: string, options: Record<string, unknown> = {}): Reporter =>
  new Catalogue([corePlugin]).assembleAll(Reporter, { reporters: [{ kind, ...options }] }, new Rng(0))[0]!;

const step = (number: number): StepRecord => ({
  stage: 'joint',
  step: number,
  loss: 1 / number,
  terms: { diffusion: 0.5 },
  monitored: { gammaMin: -13 },
  learningRate: 1e-3,
  gradientNorms: { network: 2 },
  eventsPerSecond: 100,
});

const start = (directory: string, from: number) => ({
  directory,
  step: from,
  totalSteps: 9,
  parameters: 3,
  engine: 'cpu',
});

test('a resumed log drops what came after the checkpoint, so that no step stands twice', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-jsonl-'));
  const first = reporter('jsonl');
  first.onStart?.(start(directory, 0));
  for (const n of [1, 2, 3, 4]) first.onStep?.(step(n));
  first.onValidation?.({ stage: 'joint', step: 4, loss: 1, terms: {}, monitored: {} });
  // Killed while it wrote a line.
  appendFileSync(join(directory, 'metrics.jsonl'), '{"type":"step","st');

  const second = reporter('jsonl');
  second.onStart?.(start(directory, 2));
  for (const n of [3, 4, 5]) second.onStep?.(step(n));
  second.onEnd?.();
  t.deepEqual(
    readLog(directory).map((record) => record.step),
    [1, 2, 3, 4, 5],
  );
  t.deepEqual(readLog(directory)[4], { type: 'step', ...step(5) });
});

test('CRC-32C has the check value of its definition', (t) => {
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('the event file holds framed records with right checksums, and the logged scalars', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-tensorboard-'));
  const board = reporter('tensorboard', { every: 2 });
  board.onStart?.(start(directory, 0));
  for (const n of [1, 2, 3, 4]) board.onStep?.(step(n));
  board.onEnd?.();
  const [file] = readdirSync(join(directory, 'tensorboard'));
  const bytes = readFileSync(join(directory, 'tensorboard', file!));
  const unmask = (masked: number): number => {
    const rotated = (masked - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    t.is(unmask(bytes.readUInt32LE(at + 8)), crc32c(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    t.is(unmask(bytes.readUInt32LE(at + 12 + length)), crc32c(data));
    records.push(data);
    at += 16 + length;
  }
  t.is(records.length, 3);
  t.true(records[0]!.includes('brain.Event:2'));
  const loss = records[1]!;
  const value = loss.indexOf('joint/loss') + 'joint/loss'.length;
  t.is(loss[value], 0x15);
  t.is(loss.readFloatLE(value + 1), 0.5);
});
