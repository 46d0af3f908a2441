import type * as tf from '@tensorflow/tfjs-core';
import { FUNCTIONS } from './functions.js';
import { runProgram } from './program.js';

// A workgroup makes a square of so many numbers of one output, each thread four of them.
const SIDE = 32;
const THREADS = 256;
// So many rows are held at once in the memory that a workgroup shares.
const ROWS = 16;

/** A gradient of parameters: for each i and j the sum over all rows of left(row, i) right(row, j). */
export interface RowSum {
  /** [I, J], or [J] where nothing is on the left. */
  readonly shape: readonly number[];
  /** The body of a function of `row` and `i` that returns a number; 1 if absent. */
  readonly left?: string;
  /** Likewise of `row` and `j`. */
  readonly right: string;
}

interface WeightProgram<Name extends string> {
  readonly name: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly rows: number;
  readonly sums: Readonly<Record<Name, RowSum>>;
}

/** Sums over all rows, of all parameters of a part of a network in one program. */
export function runRowSums<Name extends string>({
  rows,
  sums,
  ...program
}: WeightProgram<Name>): Record<Name, tf.Tensor> {
  const all = Object.entries<RowSum>(sums);
  return runProgram({
    ...program,
    outputs: Object.fromEntries(all.map(([name, { shape }]) => [name, shape])) as Record<Name, readonly number[]>,
    sizes: [rows],
    groups: all.reduce((groups, [, sum]) => groups + squaresOf(sum), 0),
    threads: THREADS,
    code: () => codeOf(all),
  });
}

/** I and J. */
function sidesOf({ shape }: RowSum): [number, number] {
  return [shape.length === 1 ? 1 : shape[0]!, shape.at(-1)!];
}

function squaresOf(sum: RowSum): number {
  const [inputs, outputs] = sidesOf(sum);
  return Math.ceil(inputs / SIDE) * Math.ceil(outputs / SIDE);
}

function codeOf(sums: readonly (readonly [string, RowSum])[]): string {
  let first = 0;
  const choice = sums.map(([, sum], n) => {
    const begin = first;
    first += squaresOf(sum);
    return `if (group < ${first}u) { sum${n}(group - ${begin}u, local); return; }`;
  });
  return `${FUNCTIONS}
const SIDE = ${SIDE}u;
const ROWS = ${ROWS}u;
var<workgroup> lefts: array<f32, ${SIDE * ROWS}>;
var<workgroup> rights: array<f32, ${SIDE * ROWS}>;
${sums.map(([name, sum], n) => sumCode(n, name, sum)).join('\n')}
fn run(group: u32, local: u32) {
  ${choice.join('\n  ')}
}`;
}

function sumCode(n: number, name: string, sum: RowSum): string {
  const [inputs, outputs] = sidesOf(sum);
  return `
fn left${n}(row: u32, i: u32) -> f32 { ${sum.left ?? 'return 1.0;'} }
fn right${n}(row: u32, j: u32) -> f32 { ${sum.right} }
fn write${n}(i: u32, j: u32, value: f32) {
  if (i < ${inputs}u && j < ${outputs}u) { ${name}[i * ${outputs}u + j] = value; }
}
fn sum${n}(square: u32, local: u32) {
  let firstI = square / ${Math.ceil(outputs / SIDE)}u * SIDE;
  let firstJ = square % ${Math.ceil(outputs / SIDE)}u * SIDE;
  let i = local / 16u;
  let j = local % 16u;
  var sums = vec4<f32>();
  for (var begin = 0u; begin < sizes.x; begin += ROWS) {
    for (var place = local; place < ROWS * SIDE; place += ${THREADS}u) {
      let row = begin + place / SIDE;
      let offset = place % SIDE;
      lefts[place] = 0.0;
      rights[place] = 0.0;
      if (row < sizes.x && firstI + offset < ${inputs}u) { lefts[place] = left${n}(row, firstI + offset); }
      if (row < sizes.x && firstJ + offset < ${outputs}u) { rights[place] = right${n}(row, firstJ + offset); }
    }
    workgroupBarrier();
    for (var k = 0u; k < ROWS * SIDE; k += SIDE) {
      let left = vec4<f32>(lefts[k + i], lefts[k + i], lefts[k + i + 16u], lefts[k + i + 16u]);
      let right = vec4<f32>(rights[k + j], rights[k + j + 16u], rights[k + j], rights[k + j + 16u]);
      sums += left * right;
    }
    workgroupBarrier();
  }
  write${n}(firstI + i, firstJ + j, sums.x);
  write${n}(firstI + i, firstJ + j + 16u, sums.y);
  write${n}(firstI + i + 16u, firstJ + j, sums.z);
  write${n}(firstI + i + 16u, firstJ + j + 16u, sums.w);
}`;
}
