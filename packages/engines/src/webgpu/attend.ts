import type * as tf from '@tensorflow/tfjs-core';
import { PADDING_SCORE } from '@unfold-zoo/core/nn';
import { runProgram } from './program.js';

/** Of the objects N of an event, so many of the first ask. */
interface Setting {
  readonly heads: number;
  readonly objects: number;
  readonly queries: number;
}

const THREADS = 64;

// Where a number of an object's query is; its key D further, its value twice that.
const PLACES = `
fn placeOf(event: u32, object: u32, head: u32, i: u32) -> u32 {
  return (event * N + object) * 3u * D + head * S + i;
}`;

/**
 * Attention with a mask [B, N] on queries, keys and values side by side [B N, 3 D], one head after the other within
 * each: the weights [B, H, Q, N], and what they make of the values, [B Q, D]. A thread has a query's head.
 */
export function attend(
  mapped: tf.Tensor,
  mask: tf.Tensor,
  setting: Setting,
): { readonly attention: tf.Tensor; readonly joined: tf.Tensor } {
  const { batch, constants } = sizesOf(mapped, setting);
  const { H, N, Q, D } = constants;
  return runProgram({
    name: 'attention',
    constants,
    inputs: { mapped, mask },
    outputs: { attention: [batch, H, Q, N], joined: [batch * Q, D] },
    sizes: [batch],
    groups: Math.ceil((batch * H * Q) / THREADS),
    threads: THREADS,
    code: () => `${PLACES}
fn run(group: u32, local: u32) {
  let own = group * ${THREADS}u + local;
  if (own >= sizes.x * H * Q) { return; }
  let query = own % Q;
  let head = own / Q % H;
  let event = own / (Q * H);
  let first = own * N;
  var highest = -3.0e38;
  for (var k = 0u; k < N; k++) {
    var score = 0.0;
    for (var i = 0u; i < S; i++) {
      score += mapped[placeOf(event, query, head, i)] * mapped[placeOf(event, k, head, i) + D];
    }
    score = score * inverseSqrt(f32(S)) + (1.0 - mask[event * N + k]) * ${PADDING_SCORE.toFixed(1)};
    attention[first + k] = score;
    highest = max(highest, score);
  }
  var total = 0.0;
  for (var k = 0u; k < N; k++) {
    let weight = exp(attention[first + k] - highest);
    attention[first + k] = weight;
    total += weight;
  }
  for (var k = 0u; k < N; k++) { attention[first + k] /= total; }
  for (var i = 0u; i < S; i++) {
    var sum = 0.0;
    for (var k = 0u; k < N; k++) { sum += attention[first + k] * mapped[placeOf(event, k, head, i) + 2u * D]; }
    joined[(event * Q + query) * D + head * S + i] = sum;
  }
}`,
  });
}

/** The gradient of `mapped`, [B N, 3 D], given that of the joined outputs. A group has an event's head. */
export function attendBackward(
  mapped: tf.Tensor,
  { attention, dJoined }: { readonly attention: tf.Tensor; readonly dJoined: tf.Tensor },
  setting: Setting,
): tf.Tensor {
  const { batch, constants } = sizesOf(mapped, setting);
  const { H, N, Q } = constants;
  return runProgram({
    name: 'attention, backward',
    constants,
    inputs: { mapped, attention, dJoined },
    outputs: { dMapped: mapped.shape, dScores: [batch, H, Q, N] },
    sizes: [batch],
    groups: batch * H,
    threads: THREADS,
    code: () => `${PLACES}
fn dJoinedOf(event: u32, query: u32, head: u32, i: u32) -> f32 {
  return dJoined[(event * Q + query) * D + head * S + i];
}
// Of one query's scores, given the gradient of what its weights make of the values.
fn slopesOf(event: u32, head: u32, query: u32) {
  let first = ((event * H + head) * Q + query) * N;
  var sum = 0.0;
  for (var k = 0u; k < N; k++) {
    var dWeight = 0.0;
    for (var i = 0u; i < S; i++) {
      dWeight += dJoinedOf(event, query, head, i) * mapped[placeOf(event, k, head, i) + 2u * D];
    }
    dScores[first + k] = dWeight;
    sum += dWeight * attention[first + k];
  }
  for (var k = 0u; k < N; k++) {
    dScores[first + k] = attention[first + k] * (dScores[first + k] - sum) * inverseSqrt(f32(S));
  }
}
fn run(group: u32, local: u32) {
  if (group >= sizes.x * H) { return; }
  let head = group % H;
  let event = group / H;
  for (var query = local; query < Q; query += ${THREADS}u) { slopesOf(event, head, query); }
  storageBarrier();
  let first = group * Q * N;
  for (var place = local; place < N * S; place += ${THREADS}u) {
    let object = place / S;
    let i = place % S;
    var dQuery = 0.0;
    if (object < Q) {
      for (var k = 0u; k < N; k++) {
        dQuery += dScores[first + object * N + k] * mapped[placeOf(event, k, head, i) + D];
      }
    }
    var dKey = 0.0;
    var dValue = 0.0;
    for (var query = 0u; query < Q; query++) {
      dKey += dScores[first + query * N + object] * mapped[placeOf(event, query, head, i)];
      dValue += attention[first + query * N + object] * dJoinedOf(event, query, head, i);
    }
    let own = placeOf(event, object, head, i);
    dMapped[own] = dQuery;
    dMapped[own + D] = dKey;
    dMapped[own + 2u * D] = dValue;
  }
}`,
  }).dMapped;
}

/** The number of events; N, Q and the numbers of heads H, of columns D and of columns a head S. */
function sizesOf(mapped: tf.Tensor, { heads: H, objects: N, queries: Q }: Setting) {
  const [rows, columns] = mapped.shape as [number, number];
  const D = columns / 3;
  return { batch: rows / N, constants: { H, N, Q, D, S: D / H } };
}
