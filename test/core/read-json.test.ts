import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserError } from '@unfold-zoo/core';
import { readScaling, writeScaling } from '@unfold-zoo/core/events';
import { numberOrNull, readJson, readSafetensors, writeNewFile } from '@unfold-zoo/core/files';
import { CheckpointStore, METRICS_FILE, readCheckpoint, readLog, readSamplingWeights } from '@unfold-zoo/core/training';
import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { checkpointOf } from './training/checkpoints.js';

const folder = mkdtempSync(join(tmpdir(), 'unfold-json-'));
const path = join(folder, 'state.json');
const schema = z.strictObject({ step: z.int(), loss: numberOrNull.optional(), terms: z.unknown().optional() });

function refuses(t: ExecutionContext, work: () => unknown, message: RegExp | string): void {
  const error = t.throws(work, { message }, String(message));
  t.true(isUserError(error) && !error.message.includes('\n'), error?.message);
}

function written(content: string | Uint8Array): string {
  writeFileSync(path, content);
  return path;
}

test('a new file takes the place of another one only if told, and may be written again', (t) => {
  const file = join(folder, 'new.yaml');
  for (const content of ['a', 'a']) writeNewFile(file, content, { force: false });
  refuses(t, () => writeNewFile(file, 'b', { force: false }), /^existing \S+new\.yaml: choose another place, or /);
  t.is(readFileSync(file, 'utf8'), 'a');
  writeNewFile(file, 'b', { force: true });
  t.is(readFileSync(file, 'utf8'), 'b');
});

test('a file of JSON is read as its schema has it, with or without a byte order mark', (t) => {
  t.deepEqual(readJson(written('{"step": 3, "loss": null}'), schema, 'a state'), { step: 3, loss: Number.NaN });
  t.is(readJson(written('\ufeff{"step": 4}'), schema, 'a state').step, 4);
  const text = String.raw`{"step": 5, "terms": {"a\"{[": [1e-400, -0.5e+3, "1e999", "\\"], "b": {"a\"{[": 1}}}`;
  t.deepEqual(readJson(written(text), schema, 'a state'), JSON.parse(text));
});

test('a file that is not the JSON it should be is refused with its name, the place and what it should be', (t) => {
  const cases: readonly [content: string | Uint8Array, problem: string][] = [
    ['{"step": "x"}', 'step: expected a number, got "x"'],
    ['{"step": 1.5}', 'step: expected a whole number, got 1.5'],
    ['{"step": 1, "stop": 2}', 'stop: unknown key "stop"'],
    ['null', 'expected a map of keys, got null'],
    ['{"step": 1, "step": 2}', 'the key "step" is there twice'],
    [String.raw`{"step": 1, "terms": [{"\u0061": 1, "a": 2}]}`, 'the key "a" is there twice'],
    ['{"step": 1, "__proto__": {}}', 'the key "__proto__" is not allowed'],
    ['{"step": 1, "terms": [-1e999]}', 'the number -1e999 is too large'],
    [
      `{"step": 1, "terms": ${'['.repeat(101)}${']'.repeat(101)}}`,
      'more than 100 lists and maps are inside one another',
    ],
    [Uint8Array.of(0x22, 0xff, 0x22), 'not text in UTF-8'],
  ];
  for (const [content, problem] of cases) {
    refuses(t, () => readJson(written(content), schema, 'a state'), `invalid ${path}: ${problem}; expected a state`);
  }
  refuses(t, () => readJson(written('{"step": 1'), schema, 'a state'), /^invalid .*state\.json: .*; expected a state$/);
});

test('a file that is none, too large or not there is refused with its name', (t) => {
  const absent = join(folder, 'absent.json');
  refuses(t, () => readJson(absent, schema, 'a state'), `missing ${absent}: expected a state`);
  refuses(t, () => readJson(folder, schema, 'a state'), `invalid ${folder}: not a regular file; expected a state`);
  refuses(t, () => readJson(written(Buffer.alloc(2 ** 26 + 1)), schema, 'a state'), /are more than 67108864/);
});

const spec = {
  name: 'one',
  particles: [{ name: 'top', label: 't' }],
  inputs: { met: { features: [{ name: 'pt', unit: 'GeV', scaling: 'log' as const }], capacity: 1 } },
};

test('the scaling of a run is refused where it was changed, or belongs to other data', (t) => {
  const columns = (n: number, log: number) => ({
    mean: new Float64Array(n).fill(0.5),
    standardDeviation: new Float64Array(n).fill(2),
    log: new Uint8Array(n).fill(log),
  });
  const scaling = { partons: columns(5, 0), inputs: { met: columns(1, 1) }, energySquared: Float64Array.of(3) };
  const file = join(folder, 'scaling.json');
  writeScaling(file, scaling);
  t.deepEqual(readScaling(file, spec), scaling);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('0.5', '0.25'));
  refuses(t, () => readScaling(file, spec), /^damaged .*scaling\.json: its numbers are not those that were written/);
  // One of an older version has no checksum.
  const { sha256: _, ...old } = JSON.parse(text);
  writeFileSync(file, JSON.stringify(old));
  t.deepEqual(readScaling(file, spec), scaling);
  const features = [...spec.inputs.met.features, { name: 'phi', unit: 'rad', scaling: 'standard' as const }];
  const others = { ...spec, inputs: { met: { features, capacity: 1 } } };
  refuses(
    t,
    () => readScaling(file, others),
    /expected 2 features of met for topology "one", got 1; it belongs to oth/,
  );
  const linear = { ...spec, inputs: { met: { features: features.slice(1), capacity: 1 } } };
  refuses(t, () => readScaling(file, linear), /expected 0 logarithms of met for topology "one", got 1/);
  writeFileSync(file, JSON.stringify({ ...old, energySquared: [-3] }));
  refuses(t, () => readScaling(file, spec), /scaling\.json: energySquared\.0: expected more than 0, got -3/);
});

test('weights, averages and moments that are not finite are refused with their file and name', (t) => {
  for (const part of ['weights', 'average', 'optimiser'] as const) {
    const directory = mkdtempSync(join(tmpdir(), 'unfold-nan-'));
    const checkpoint = checkpointOf(10);
    const [name, { shape, values }] = [...checkpoint[part]!][0]!;
    const broken = { shape, values: values.with(1, Number.NaN) };
    const saved = { ...checkpoint, [part]: new Map([...checkpoint[part]!, [name, broken]]) };
    const at = new CheckpointStore(directory).save(saved, { best: true, keep: 1 });
    const file = { weights: 'weights', average: 'average', optimiser: 'optimizer' }[part];
    const message = new RegExp(
      `^invalid .*${file}\\.safetensors: number 1 of tensor "${name}" is NaN; expected finite`,
    );
    refuses(t, () => readCheckpoint(at), message);
    if (part === 'average') refuses(t, () => readSamplingWeights(at), message);
  }
});

test('a header of safetensors that is none, or whose tensors overlap or leave gaps, is refused', (t) => {
  const file = join(folder, 'some.safetensors');
  const read = (header: unknown, data: number): unknown => {
    const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    writeFileSync(file, Buffer.concat([length, json, Buffer.alloc(data)]));
    return readSafetensors(file);
  };
  const entry = (from: number, to: number) => ({ dtype: 'F32', shape: [(to - from) / 4], data_offsets: [from, to] });
  t.notThrows(() => read({ b: entry(8, 12), a: entry(0, 8), empty: entry(8, 8) }, 12));
  refuses(t, () => read('null', 0), /some\.safetensors: expected a map of keys, got null; expected the header/);
  refuses(t, () => read({ a: null }, 0), /tensor "a": expected a map of keys, got null/);
  refuses(t, () => read({ a: { dtype: 'F32', shape: [1] } }, 4), /tensor "a": data_offsets: missing/);
  refuses(t, () => read({ a: entry(0, 8), b: entry(4, 12) }, 12), /tensor "b": it begins at byte 4 of the data/);
  refuses(t, () => read({ a: entry(0, 4), b: entry(8, 12) }, 12), /tensor "b": it begins at byte 8 of the data/);
  refuses(t, () => read({ a: entry(0, 8) }, 4), /truncated inside tensor "a"/);
  refuses(t, () => read({ a: entry(0, 4) }, 9), /5 bytes follow after the last tensor/);
  refuses(t, () => read({ __metadata__: { step: 3 } }, 0), /__metadata__: step: expected text, got 3/);
  const twice = JSON.stringify(entry(0, 4));
  refuses(t, () => read(`{"a":${twice},"a":${twice}}`, 4), /the key "a" is there twice/);
});

test('a line of a log that is none is refused with file and line, and a torn last one left out', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-log-'));
  const record = { type: 'validation', stage: 'fit', step: 1, loss: 2, terms: { kl: null }, monitored: {} };
  const line = JSON.stringify(record);
  const log = (text: string): unknown => {
    writeFileSync(join(directory, METRICS_FILE), text);
    return readLog(directory);
  };
  t.deepEqual(
    log(`${line}\n${line}\n{"type":"val`),
    [record, record].map((r) => ({ ...r, terms: { kl: Number.NaN } })),
  );
  refuses(
    t,
    () => log(`${line}\n{"type":"val\n${line}\n`),
    /metrics\.jsonl:2: .*; expected a line of the log of a run/,
  );
  refuses(t, () => log(`${line}\n${line.replace('"loss":2', '"loss":"2"')}\n`), /jsonl:2: loss: expected a number/);
  refuses(t, () => log('[]\n'), /metrics\.jsonl:1: expected a map of keys, got a list of 0/);
  mkdirSync(join(directory, 'other', METRICS_FILE), { recursive: true });
  refuses(t, () => readLog(join(directory, 'other')), /not a regular file; expected the log of a run/);
});
