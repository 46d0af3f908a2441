import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Reporter, type RunStart, type StepRecord, type ValidationRecord } from '../../contracts/training/reporter.js';
import { makeFolder, writeAll } from '../../files/atomic-file.js';
import { asWriteError } from '../../files/system-errors.js';
import { component } from '../../plugin/plugin.js';

/**
 * Event files for TensorBoard, in `tensorboard/` of the run directory. A resumed run begins a new file whose first
 * event tells TensorBoard to forget what was logged after the checkpoint.
 */
class TensorBoardReporter implements Reporter {
  #file: number | undefined;
  #path = '';

  constructor(private readonly every: number) {}

  onStart({ directory, step }: RunStart): void {
    const folder = join(directory, 'tensorboard');
    const seconds = Math.floor(Date.now() / 1000);
    this.#path = join(folder, `events.out.tfevents.${seconds}.${process.pid}.step-${step}`);
    this.#orTellWhy(() => {
      makeFolder(folder);
      this.#file = openSync(this.#path, 'w');
    });
    this.#write(encodeEvent({ fileVersion: 'brain.Event:2' }));
    if (step > 0) this.#write(encodeEvent({ step: step + 1, sessionStart: true }));
  }

  onStep({ stage, step, loss, terms, monitored, learningRate, gradientNorms, eventsPerSecond }: StepRecord): void {
    if (step % this.every !== 0) return;
    const scalars: [string, number][] = [
      [`${stage}/loss`, loss],
      ...Object.entries({ ...terms, ...monitored }).map(([name, value]): [string, number] => [
        `${stage}/${name}`,
        value,
      ]),
      ...Object.entries(gradientNorms).map(([name, value]): [string, number] => [
        `${stage}/gradientNorm/${name}`,
        value,
      ]),
      ['learningRate', learningRate],
      ['eventsPerSecond', eventsPerSecond],
    ];
    this.#write(encodeEvent({ step, scalars }));
  }

  onValidation({ stage, step, loss, terms, monitored }: ValidationRecord): void {
    const scalars = Object.entries({ loss, ...terms, ...monitored }).map(([name, value]): [string, number] => [
      `${stage}/validation/${name}`,
      value,
    ]);
    this.#write(encodeEvent({ step, scalars }));
  }

  onCheckpoint(): void {
    this.#orTellWhy((file) => file !== undefined && fsyncSync(file));
  }

  onEnd(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #write(event: Buffer): void {
    this.#orTellWhy((file) => file !== undefined && writeAll(file, frame(event)));
  }

  #orTellWhy(work: (file: number | undefined) => void): void {
    try {
      work(this.#file);
    } catch (error) {
      throw asWriteError(this.#path, error);
    }
  }
}

/** The reporter `tensorboard`. */
export const tensorBoardReporter = component(Reporter, 'tensorboard', {
  description: 'Losses, rates and gradient norms as event files that TensorBoard reads.',
  options: z.object({ every: z.int().positive().default(10).describe('Steps between two logged ones.') }),
  create: ({ options }) => new TensorBoardReporter(options.every),
});

/** The parts of TensorFlow's `Event` message that scalars need (tensorflow/core/util/event.proto). */
interface Event {
  readonly step?: number;
  readonly fileVersion?: string;
  readonly sessionStart?: boolean;
  readonly scalars?: readonly (readonly [tag: string, value: number])[];
}

function encodeEvent({ step = 0, fileVersion, sessionStart, scalars = [] }: Event): Buffer {
  const time = Buffer.alloc(8);
  time.writeDoubleLE(Date.now() / 1000);
  const parts = [tag(1, 1), time, tag(2, 0), varint(step)];
  if (fileVersion !== undefined) parts.push(bytes(3, Buffer.from(fileVersion)));
  if (scalars.length > 0)
    parts.push(bytes(5, Buffer.concat(scalars.map(([name, value]) => bytes(1, scalar(name, value))))));
  if (sessionStart) parts.push(bytes(7, Buffer.concat([tag(1, 0), varint(1)])));
  return Buffer.concat(parts);
}

function scalar(name: string, value: number): Buffer {
  const simple = Buffer.alloc(4);
  simple.writeFloatLE(value);
  return Buffer.concat([bytes(1, Buffer.from(name)), tag(2, 5), simple]);
}

// Protocol buffers: a field is its number and wire type, then its content.
function tag(field: number, wireType: number): Buffer {
  return varint((field << 3) | wireType);
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([tag(field, 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
  return Buffer.from(out);
}

// TFRecord: length, masked checksum of the length, data, masked checksum of the data.
function frame(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedChecksum(length), data, maskedChecksum(data)]);
}

function maskedChecksum(data: Buffer): Buffer {
  const crc = crc32c(data);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** CRC-32C (Castagnoli), as TFRecord files use it. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC32C_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
