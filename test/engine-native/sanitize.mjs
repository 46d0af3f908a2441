// The two halves of sanitize.sh: `build <folder> <sanitizers>` and `run <folder> <rounds>`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [task, folder, argument] = process.argv.slice(2);
async function build() {
  const { buildAddon } = await import('../../packages/engine-native/build.mjs');
  const extraFlags = [`-fsanitize=${argument}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'];
  const problem = await buildAddon({ folder: join(folder, 'addon'), extraFlags });
  if (problem) throw new Error(problem);
}

function load() {
  try {
    return createRequire(import.meta.url)(join(folder, 'addon/unfold.node'));
  } catch (error) {
    if (!error.message.includes('this processor has no')) throw error;
    console.log(`not run: ${error.message}`);
    process.exit(0);
  }
}

function run(addon) {
  for (let round = 0; round < Number(argument); round++) {
    addon.useThreads(1 + (round % 3));
    arrays(addon, round);
    for (let kind = 0; kind < BLOCKS.length; kind++) block(addon, kind, round);
    addon.finish();
    kept.length = 0;
  }
  console.log(`${addon.instructionSet}: ${argument} rounds without a complaint`);
}

// What the addon may not have computed yet.
const kept = [];

function keep(array) {
  kept.push(array);
  return array;
}

// Larger than what V8 keeps on its own heap, where the sanitizer does not look.
function floats(size) {
  return keep(new Float32Array(new ArrayBuffer(4 * size)).map((_, i) => Math.sin(i * 12.9898 + size)));
}

function flags(size, value = 0) {
  return keep(new Uint8Array(new ArrayBuffer(size)).fill(value));
}

function between(low, high, round) {
  return low + ((round * 7919 + high * 31) % (high - low + 1));
}

function arrays(addon, round) {
  const [rows, columns, inner] = [between(5, 40, round), between(17, 60, round + 1), between(16, 300, round + 2)];
  const list = (...values) => Int32Array.from(values);
  const size = rows * columns;
  for (const i of addon.unaryNames.keys()) addon.unary(i, floats(size), floats(size));
  const spread = [list(rows, columns), list(columns, 1), list(0, 1)];
  for (const i of addon.binaryNames.keys()) addon.binary(i, ...spread, floats(size), floats(columns), floats(size));
  for (const i of addon.comparisonNames.keys()) {
    addon.compare(i, ...spread, floats(size), floats(columns), flags(size));
  }
  addon.select(flags(size, round % 2), floats(size), floats(size), floats(size));
  for (const i of addon.reductionNames.keys()) {
    addon.reduce(i, rows, columns, 1, 0.5, floats(size), floats(rows));
    addon.reduce(i, 1, rows, columns, 1, floats(size), floats(columns));
    addon.reduce(i, rows, columns, 17, 0.5, floats(17 * size), floats(17 * rows));
    addon.reduce(i, 1, size, 1, 1, floats(size), floats(1));
  }
  addon.fill(3, floats(size));
  addon.convert(flags(size, 1), floats(size));
  addon.convert(keep(new Int32Array(size)), floats(size));
  addon.softmax(rows, columns, floats(size), floats(size));
  addon.copy(list(columns, rows), 0, list(1, columns), floats(size), 0, list(rows, 1), floats(size));
  const indices = keep(list(...Array.from({ length: 20 }, (_, i) => i % rows)));
  addon.gather(1, rows, columns, indices, floats(size), floats(20 * columns));
  addon.segmentSum(rows, columns, indices, floats(20 * columns), floats(size));
  for (const [ta, tb] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    const [a, b] = [floats(2 * rows * inner), floats(inner * columns)];
    addon.matrixProduct(2, rows, columns, inner, false, true, ta, tb, a, b, floats(2 * size));
  }
  const arrays = () => [floats(size), floats(3)];
  addon.sumOfSquares(arrays());
  const positive = arrays().map((values) => values.map(Math.abs));
  addon.adam(0.9, 0.999, 1e-8, 0.1, 1, 1, arrays(), arrays(), arrays(), positive);
  addon.movingAverage(0.1, arrays(), arrays());
}

// The kinds of block in the addon's order: sizes of the parameters for width D and inner width K, and what else they take.
const gate = (D) => [3 * D, 3 * D * D, 3 * D, 3 * D * D];
const attention = (D) => [3 * D, 3 * D * D, D, D * D];
const gatedAttention = (D) => [...attention(D), ...gate(D), D, D];
const BLOCKS = [
  { sizes: (D, K) => [K, D * K], outputs: (_, K) => K },
  { sizes: (D) => [D, D] },
  { sizes: gate, hasSkip: true },
  { sizes: (D, K) => [D, K * D, K, D * K, ...gate(D), D * D, D, D], takesMask: true },
  { sizes: attention, takesMask: true, attends: true },
  { sizes: gatedAttention, takesMask: true, attends: true },
  { sizes: gatedAttention, takesMask: true, attends: true, needsFirst: true },
  { sizes: (_, K) => [K, K, K], width: 1 },
  { sizes: (_, K) => [K, K, K], width: 1 },
];

function block(addon, kind, round) {
  const { sizes: sizesOf, outputs = (D) => D, hasSkip, takesMask, attends, needsFirst, width } = BLOCKS[kind];
  const [heads, events, objects] = [1 + (round % 3), between(1, 30, round), between(1, 12, round + kind)];
  const D = width ?? heads * between(5, 21, round + 3);
  const K = between(16, 70, round + 5);
  const rows = events * objects;
  const isObject = (x, i) => (x > 0 || (needsFirst && i % objects === 0) ? 1 : 0);
  const mask = takesMask && round % 2 === 0 ? keep(floats(rows).map(isObject)) : null;
  const call = [kind, rows, D, K, attends ? heads : 0, attends ? objects : 0, 1e-5, round % 3 === 0, mask];
  const size = rows * outputs(D, K);
  const sizes = sizesOf(D, K);
  const parameters = sizes.map(floats);
  const skip = hasSkip ? floats(rows * D) : null;
  const x = floats(rows * D);
  const saved = round % 4 === 0 ? null : floats(addon.blockSavedSize(...call));
  addon.blockForward(...call, x, skip, parameters, floats(size), saved);
  const dSkip = skip && floats(rows * D);
  addon.blockBackward(
    ...call,
    ...[x, skip, parameters, saved, floats(size), floats(rows * D), dSkip, sizes.map(floats)],
  );
}

if (task === 'build') await build();
else run(load());
