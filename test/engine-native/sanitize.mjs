// The two halves of sanitize.sh: `build <folder> <sanitizers>` and `run <folder> <rounds>`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [task, folder, argument] = process.argv.slice(2);
async function build() {
  const { buildAddon } = await import('@unfold-zoo/engine-native/build');
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
    addon.useBfloat16(addon.hasBfloat16 && round % 5 < 3);
    arrays(addon, round);
    refusals(addon);
    for (const [i, name] of Object.keys(addon.blocks).entries()) block(addon, name, round, i);
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
  for (const handle of Object.values(addon.operations.unary)) addon.unary(handle, floats(size), floats(size));
  const spread = [list(rows, columns), list(columns, 1), list(0, 1)];
  for (const handle of Object.values(addon.operations.binary))
    addon.binary(handle, ...spread, floats(size), floats(columns), floats(size));
  for (const handle of Object.values(addon.operations.compare)) {
    addon.compare(handle, ...spread, floats(size), floats(columns), flags(size));
  }
  addon.select(flags(size, round % 2), floats(size), floats(size), floats(size));
  for (const handle of Object.values(addon.operations.reduce)) {
    addon.reduce(handle, rows, columns, 1, 0.5, floats(size), floats(rows));
    addon.reduce(handle, 1, rows, columns, 1, floats(size), floats(columns));
    addon.reduce(handle, rows, columns, 17, 0.5, floats(17 * size), floats(17 * rows));
    addon.reduce(handle, 1, size, 1, 1, floats(size), floats(1));
  }
  addon.fill(3, floats(size));
  const places = keep(new Int32Array(rows));
  addon.fill(columns, places);
  addon.oneHot(columns, 1, 0, places, floats(size));
  addon.whereLeast(rows, columns, floats(size), places);
  addon.oneHot(columns, 1, 0, places, floats(size));
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

// Sizes whose product no number holds must be refused before they are computed with.
function refusals(addon) {
  const [huge, most, none] = [2 ** 32, 2 ** 31 - 1, new Float32Array(0)];
  const list = Int32Array.of(most, most, most);
  const calls = [
    () => addon.softmax(huge, huge, none, none),
    () => addon.reduce(0, huge, huge, 1, 1, none, none),
    () => addon.gather(huge, huge, 1, new Int32Array(0), none, none),
    () => addon.whereLeast(huge, huge, none, new Int32Array(0)),
    () => addon.fill(huge, new Int32Array(1)),
    () => addon.segmentSum(huge, huge, new Int32Array(0), none, none),
    () => addon.matrixProduct(1, huge, 1, huge, false, false, false, false, none, none, none),
    () => addon.copy(list, 0, list, none, 0, list, none),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      if (error instanceof RangeError) continue;
      throw error;
    }
    throw new Error(`${call} was not refused`);
  }
}

// By name of the block: sizes of the parameters for width D and inner width K, and what else it takes.
const gate = (D) => [3 * D, 3 * D * D, 3 * D, 3 * D * D];
const attention = (D) => [3 * D, 3 * D * D, D, D * D];
const gatedAttention = (D) => [...attention(D), ...gate(D), D, D];
const BLOCKS = {
  UnfoldLinear: { sizes: (D, K) => [K, D * K], outputs: (_, K) => K },
  UnfoldLayerNorm: { sizes: (D) => [D, D] },
  UnfoldGruGate: { sizes: gate, hasSkip: true },
  UnfoldGatedFeedForward: { sizes: (D, K) => [D, K * D, K, D * K, ...gate(D), D * D, D, D], takesMask: true },
  UnfoldMaskedAttention: { sizes: attention, takesMask: true, attends: true },
  UnfoldGatedAttention: { sizes: gatedAttention, takesMask: true, attends: true },
  UnfoldGatedAttentionOfFirst: { sizes: gatedAttention, takesMask: true, attends: true, needsFirst: true },
  UnfoldMonotoneShare: { sizes: (_, K) => [K, K, K], width: 1 },
  UnfoldMonotoneSlope: { sizes: (_, K) => [K, K, K], width: 1 },
};

function block(addon, name, round, place) {
  const { sizes: sizesOf, outputs = (D) => D, hasSkip, takesMask, attends, needsFirst, width } = BLOCKS[name];
  const [heads, events, objects] = [1 + (round % 3), between(1, 30, round), between(1, 12, round + place)];
  const D = width ?? heads * between(5, 21, round + 3);
  const K = between(16, 70, round + 5);
  const rows = events * objects;
  const isObject = (x, i) => (x > 0 || (needsFirst && i % objects === 0) ? 1 : 0);
  const mask = takesMask && round % 2 === 0 ? keep(floats(rows).map(isObject)) : null;
  const { handle } = addon.blocks[name];
  const call = [handle, rows, D, K, attends ? heads : 0, attends ? objects : 0, 1e-5, round % 3 === 0, mask];
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
