import type * as tf from '@tensorflow/tfjs-core';
import type { FusedBlock } from '../blocks/blocks.js';
import type { Inputs } from '../blocks/parts.js';
import { FUNCTIONS } from './functions.js';
import { runProgram } from './program.js';

const THREADS = 64;

/**
 * What is asked of a curve of core, g(t) = sum over units of v^2 u with u = tanh(w^2 (2 t - 1) + b): `share`, (g(t) -
 * g(0)) / rise, or `slope`, g'(t) / rise, with rise = g(1) - g(0).
 */
interface Question {
  /** What of a unit is summed at a time t, beside its height at both ends. */
  readonly term: string;
  /** d term / d t. */
  readonly termSlope: string;
  /** What is divided by the rise, of the sum and the heights at both ends. */
  readonly numerator: string;
  /** d term / d v, w and b. */
  readonly termGradient: string;
  /** What the height at 0 adds to the numerator. */
  readonly ofStart: number;
}

// Each knows v and w of a unit, u at the time, s = 1 - u^2, and 2 t - 1 as `side`.
const HEIGHT_GRADIENT = 'vec3<f32>(2.0 * v * u, 2.0 * w * v * v * s * side, v * v * s)';
const QUESTIONS: Readonly<Record<'share' | 'slope', Question>> = {
  share: {
    term: 'v * v * u',
    termSlope: '2.0 * w * w * v * v * s',
    numerator: 'sums.x - sums.y',
    termGradient: HEIGHT_GRADIENT,
    ofStart: -1,
  },
  slope: {
    term: '2.0 * w * w * v * v * s',
    termSlope: '-8.0 * w * w * w * w * v * v * u * s',
    numerator: 'sums.x',
    termGradient: 'w * v * s * vec3<f32>(4.0 * w, 4.0 * v - 8.0 * w * w * v * u * side, -4.0 * w * v * u)',
    ofStart: 0,
  },
};

/** `monotoneShare` or `monotoneSlope` of times [B, 1]. */
export function monotoneCurve(kind: keyof typeof QUESTIONS): FusedBlock {
  const question = QUESTIONS[kind];
  return {
    forward: (inputs) => {
      const { x, ...curve } = curveOf(inputs);
      const { output } = runProgram({
        name: `monotone ${kind}`,
        ...atEachTime({ x, ...curve }),
        inputs: { x, ...curve },
        outputs: { output: x.shape },
        code: () => `${sumsCode(question)}
fn run(group: u32, local: u32) {
  if (group >= sizes.x) { return; }
  let sums = sumsAt(x[group], local);
  if (local == 0u) { output[group] = (${question.numerator}) / (sums.z - sums.y); }
}`,
      });
      return { value: output, trace: [] };
    },
    backward: (inputs, _, __, dy) => backward(kind, curveOf(inputs), dy),
  };
}

function backward(kind: keyof typeof QUESTIONS, { x, ...curve }: Curve, dy: tf.Tensor): Inputs {
  const question = QUESTIONS[kind];
  // The gradients of the numerator and of the rise, apart from a sign, for each time.
  const { dx, slopes } = runProgram({
    name: `monotone ${kind}, backward`,
    ...atEachTime({ x, ...curve }),
    inputs: { dy, x, ...curve },
    outputs: { dx: x.shape, slopes: [x.size, 2] },
    code: () => `${sumsCode(question)}
fn run(group: u32, local: u32) {
  if (group >= sizes.x) { return; }
  let sums = sumsAt(x[group], local);
  let rise = sums.z - sums.y;
  let slope = dy[group] / rise;
  if (local > 0u) { return; }
  slopes[2u * group] = slope;
  slopes[2u * group + 1u] = slope * (${question.numerator}) / rise;
  dx[group] = slope * sums.w;
}`,
  });
  const { inputWeight, bias, outputWeight } = runProgram({
    name: `monotone ${kind}, parameters`,
    constants: { H: curve.bias.size },
    inputs: { x, slopes, w: curve.inputWeight, b: curve.bias, v: curve.outputWeight },
    outputs: {
      inputWeight: curve.inputWeight.shape,
      bias: curve.bias.shape,
      outputWeight: curve.outputWeight.shape,
    },
    sizes: [x.size],
    groups: Math.ceil(curve.bias.size / THREADS),
    threads: THREADS,
    code: () => `${FUNCTIONS}
fn termGradient(v: f32, w: f32, u: f32, side: f32) -> vec3<f32> {
  let s = 1.0 - u * u;
  return ${question.termGradient};
}
fn heightGradient(v: f32, w: f32, u: f32, side: f32) -> vec3<f32> {
  let s = 1.0 - u * u;
  return ${HEIGHT_GRADIENT};
}
fn run(group: u32, local: u32) {
  let j = group * ${THREADS}u + local;
  if (j >= H) { return; }
  var sum = vec3<f32>();
  var byNumerator = 0.0;
  var byRise = 0.0;
  for (var row = 0u; row < sizes.x; row++) {
    let side = 2.0 * x[row] - 1.0;
    sum += slopes[2u * row] * termGradient(v[j], w[j], hyperbolicTangent(w[j] * w[j] * side + b[j]), side);
    byNumerator += slopes[2u * row];
    byRise -= slopes[2u * row + 1u];
  }
  let start = heightGradient(v[j], w[j], hyperbolicTangent(b[j] - w[j] * w[j]), -1.0);
  let end = heightGradient(v[j], w[j], hyperbolicTangent(w[j] * w[j] + b[j]), 1.0);
  sum += byRise * (end - start) + byNumerator * ${question.ofStart.toFixed(1)} * start;
  outputWeight[j] = sum.x;
  inputWeight[j] = sum.y;
  bias[j] = sum.z;
}`,
  });
  return { x: dx, inputWeight, bias, outputWeight };
}

/** A group sums the units at one time. */
function atEachTime({ x, bias }: Curve) {
  return { constants: { H: bias.size }, sizes: [x.size], groups: x.size, threads: THREADS };
}

interface Curve {
  readonly x: tf.Tensor;
  readonly inputWeight: tf.Tensor;
  readonly bias: tf.Tensor;
  readonly outputWeight: tf.Tensor;
}

function curveOf({ x, inputWeight, bias, outputWeight }: Inputs): Curve {
  return { x: x!, inputWeight: inputWeight!, bias: bias!, outputWeight: outputWeight! };
}

/** Over all units the sums of the term at a time, of the heights at 0 and 1, and of the term's slope. */
function sumsCode({ term, termSlope }: Question): string {
  return `${FUNCTIONS}
var<workgroup> parts: array<vec4<f32>, ${THREADS}>;
fn unitAt(j: u32, side: f32) -> f32 {
  return hyperbolicTangent(inputWeight[j] * inputWeight[j] * side + bias[j]);
}
fn sumsAt(time: f32, local: u32) -> vec4<f32> {
  var sums = vec4<f32>();
  for (var j = local; j < H; j += ${THREADS}u) {
    let v = outputWeight[j];
    let w = inputWeight[j];
    let u = unitAt(j, 2.0 * time - 1.0);
    let s = 1.0 - u * u;
    sums += vec4<f32>(${term}, v * v * unitAt(j, -1.0), v * v * unitAt(j, 1.0), ${termSlope});
  }
  parts[local] = sums;
  workgroupBarrier();
  sums = vec4<f32>();
  for (var part = 0u; part < ${THREADS}u; part++) { sums += parts[part]; }
  return sums;
}`;
}
