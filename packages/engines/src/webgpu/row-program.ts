import type * as tf from '@tensorflow/tfjs-core';
import { FUNCTIONS } from './functions.js';
import { type Program, runProgram } from './program.js';

// A workgroup takes so many rows from the first stage to the last.
const TILE = 8;
const THREADS = 128;
const LANES = THREADS / TILE;
// So many numbers of each row are held at once in the memory that a workgroup shares.
const CHUNK = 32;

/**
 * What a workgroup does with its rows before all of it goes on: functions of WGSL, `stage<n>(first: u32, local: u32)`
 * among them. The bodies that stages are made of know `row`, and `i` or `column`.
 */
export type Stage = (n: number) => string;

/** A program whose rows have nothing to do with each other. */
interface RowProgram extends Pick<Program, 'name' | 'constants' | 'inputs' | 'outputs'> {
  readonly rows: number;
  stages(): readonly Stage[];
}

/** Runs a program row by row: `sizes.x` is the number of rows, and a workgroup takes a tile of them. */
export function runRows<Name extends string>({
  rows,
  stages,
  ...program
}: RowProgram & { readonly outputs: Readonly<Record<Name, readonly number[]>> }): Record<Name, tf.Tensor> {
  return runProgram({
    ...program,
    sizes: [rows],
    groups: Math.ceil(rows / TILE),
    threads: THREADS,
    code: () => codeOf(stages()),
  });
}

function codeOf(stages: readonly Stage[]): string {
  return `${FUNCTIONS}
const TILE = ${TILE}u;
const THREADS = ${THREADS}u;
const LANES = ${LANES}u;
const CHUNK = ${CHUNK}u;
var<workgroup> chunk: array<vec4<f32>, ${(CHUNK * TILE) / 4}>;
var<workgroup> parts: array<f32, ${THREADS}>;
fn present(row: u32) -> u32 {
  return min(row, sizes.x - 1u);
}
${stages.map((stage, n) => stage(n)).join('\n')}
fn run(group: u32, local: u32) {
  let first = group * TILE;
  if (first >= sizes.x) { return; }
  ${stages.map((_, n) => `stage${n}(first, local); storageBarrier();`).join('\n  ')}
}`;
}

/**
 * value = sum over `i` of from(row, i) kernel(i, column), for each column. `from` and `kernel` are bodies of functions
 * that return a number, `write` takes what is done with `value`. Numbers of inputs and outputs are words of WGSL.
 */
export function product(of: {
  readonly inputs: string;
  readonly outputs: string;
  readonly from: string;
  readonly kernel: string;
  readonly write: string;
}): Stage {
  return (n) => `
fn from${n}(row: u32, i: u32) -> f32 { ${of.from} }
fn kernel${n}(i: u32, column: u32) -> f32 { ${of.kernel} }
fn write${n}(row: u32, column: u32, value: f32) { ${of.write} }
fn stage${n}(first: u32, local: u32) {
  for (var start = 0u; start < ${of.outputs}; start += THREADS) {
    let column = start + local;
    var sums = array<vec4<f32>, 2>(vec4<f32>(), vec4<f32>());
    for (var begin = 0u; begin < ${of.inputs}; begin += CHUNK) {
      if (local < 2u * CHUNK) {
        let row = first + 4u * (local / CHUNK);
        let i = begin + local % CHUNK;
        chunk[local] = vec4<f32>(
          from${n}(present(row), i),
          from${n}(present(row + 1u), i),
          from${n}(present(row + 2u), i),
          from${n}(present(row + 3u), i),
        );
      }
      workgroupBarrier();
      if (column < ${of.outputs}) {
        for (var k = 0u; k < min(CHUNK, ${of.inputs} - begin); k++) {
          let factor = kernel${n}(begin + k, column);
          sums[0] += factor * chunk[k];
          sums[1] += factor * chunk[CHUNK + k];
        }
      }
      workgroupBarrier();
    }
    if (column < ${of.outputs}) {
      for (var k = 0u; k < min(TILE, sizes.x - first); k++) { write${n}(first + k, column, sums[k / 4u][k % 4u]); }
    }
  }
}`;
}

/** Something for each `column` of each row, whose number is a word of WGSL. */
export function elementwise(columns: string, write: string): Stage {
  return (n) => `
fn write${n}(row: u32, column: u32) { ${write} }
fn stage${n}(first: u32, local: u32) {
  for (var place = local; place < TILE * (${columns}); place += THREADS) {
    let row = first + place / (${columns});
    if (row < sizes.x) { write${n}(row, place % (${columns})); }
  }
}`;
}

/** Each row from(row, i) of D numbers to mean 0 and variance 1; `write` takes `normal` and its factor, `inverse`. */
export function normalise({ from, epsilon, write }: { from: string; epsilon: number; write: string }): Stage {
  return (n) => `${sumOfLanes(n)}
fn from${n}(row: u32, i: u32) -> f32 { ${from} }
fn write${n}(row: u32, i: u32, normal: f32, inverse: f32) { ${write} }
fn stage${n}(first: u32, local: u32) {
  let row = present(first + local / LANES);
  var sum = 0.0;
  for (var i = local % LANES; i < D; i += LANES) { sum += from${n}(row, i); }
  let mean = sumOfLanes${n}(sum, local) / f32(D);
  var squares = 0.0;
  for (var i = local % LANES; i < D; i += LANES) {
    let centred = from${n}(row, i) - mean;
    squares += centred * centred;
  }
  let inverse = inverseSqrt(sumOfLanes${n}(squares, local) / f32(D) + ${epsilon});
  if (first + local / LANES >= sizes.x) { return; }
  for (var i = local % LANES; i < D; i += LANES) { write${n}(row, i, (from${n}(row, i) - mean) * inverse, inverse); }
}`;
}

/**
 * The gradient of `normalise`: `slope` and `normal` are bodies that return dy / d normal and the normal number at
 * (row, i), `inverse` an expression of `row`; `write` takes `value`.
 */
export function normaliseBackward(of: {
  readonly slope: string;
  readonly normal: string;
  readonly inverse: string;
  readonly write: string;
}): Stage {
  return (n) => `${sumOfLanes(n)}
fn slope${n}(row: u32, i: u32) -> f32 { ${of.slope} }
fn normal${n}(row: u32, i: u32) -> f32 { ${of.normal} }
fn write${n}(row: u32, i: u32, value: f32) { ${of.write} }
fn stage${n}(first: u32, local: u32) {
  let row = present(first + local / LANES);
  var sum = 0.0;
  var along = 0.0;
  for (var i = local % LANES; i < D; i += LANES) {
    sum += slope${n}(row, i);
    along += slope${n}(row, i) * normal${n}(row, i);
  }
  let mean = sumOfLanes${n}(sum, local) / f32(D);
  let share = sumOfLanes${n}(along, local) / f32(D);
  let inverse = ${of.inverse};
  if (first + local / LANES >= sizes.x) { return; }
  for (var i = local % LANES; i < D; i += LANES) {
    write${n}(row, i, (slope${n}(row, i) - mean - normal${n}(row, i) * share) * inverse);
  }
}`;
}

/** The sum over the threads of a row. */
function sumOfLanes(n: number): string {
  return `
fn sumOfLanes${n}(value: f32, local: u32) -> f32 {
  parts[local] = value;
  workgroupBarrier();
  var sum = 0.0;
  let start = local - local % LANES;
  for (var lane = 0u; lane < LANES; lane++) { sum += parts[start + lane]; }
  workgroupBarrier();
  return sum;
}`;
}
