// Multi-head self-attention (Vaswani et al. 2017) among the rows of each event: core's plainMaskedAttention and
// plainGatedAttention of events without padding.
#pragma once
#include "gru_gate.h"
#include "layer_norm.h"
#include "linear.h"

namespace unfold {
namespace UNFOLD_ISA {

/** to [columns, rows] = from [rows, columns] transposed, whose rows are `rowStep` apart. */
INLINE void transposeOf(long rows, long columns, const float* from, long rowStep, float* to) {
  for (long j = 0; j < columns; j++) {
    for (long i = 0; i < rows; i++) to[j * rows + i] = from[i * rowStep + j];
  }
}

/** Each row of the scores [rows, count] to softmax(scale row). */
static void attentionWeights(long rows, long count, float scale, float* scores) {
  for (long i = 0; i < rows; i++, scores += count) {
    Vector most = broadcast(-INFINITY);
    forEachVector(count,
                  [&](long j, auto lanes) { most = maximum(most, loadOr(scores + j, lanes, -INFINITY)); });
    const float top = maximumOfLanes(most);
    Vector sum = {};
    forEachVector(count, [&](long j, auto lanes) {
      // Of what is beyond the row's end the exponential is that of -87, which no sum of float32 notices.
      const Vector e = exponentialOfClamped((loadOr(scores + j, lanes, -INFINITY) - top) * scale);
      sum += e;
      store(scores + j, e, lanes);
    });
    const float inverse = 1.0f / sumOfLanes(sum);
    forEachVector(count, [&](long j, auto lanes) { store(scores + j, load(scores + j, lanes) * inverse, lanes); });
  }
}

/** Gradient of the scores in place of that of the weights; `scale` as in attentionWeights. */
static void attentionWeightsBackward(long rows, long count, float scale, const float* weights, float* dWeights) {
  for (long i = 0; i < rows; i++, weights += count, dWeights += count) {
    Vector along = {};
    forEachVector(count, [&](long j, auto lanes) { along += load(weights + j, lanes) * load(dWeights + j, lanes); });
    const float mean = sumOfLanes(along);
    forEachVector(count, [&](long j, auto lanes) {
      store(dWeights + j, load(weights + j, lanes) * (load(dWeights + j, lanes) - mean) * scale, lanes);
    });
  }
}

static long eventScratch(const Widths& widths, long longest) {
  return longest * (widths.width / widths.heads) + 2 * longest * longest;
}

/** Rows of numbers, each `step` after the one before. */
template <class Float>
struct Rows {
  Float* at;
  long count, step;
};

/** attended [queries, D] of one event, from its queries, its keys and, D after them, its values. */
static void attend(const Widths& widths, Rows<const float> queries, Rows<const float> keys, float* attended,
                   float* scratch) {
  const long width = widths.width, perHead = width / widths.heads, count = keys.count;
  const float scale = 1.0f / sqrtf((float)perHead);
  float* turned = scratch;
  float* weights = turned + count * perHead;
  for (long first = 0; first < width; first += perHead) {
    const float *query = queries.at + first, *key = keys.at + first, *value = key + width;
    transposeOf(count, perHead, key, keys.step, turned);
    product(queries.count, count, perHead, {query, queries.step, 1}, {turned, count}, {weights, count}, Start::ZERO);
    attentionWeights(queries.count, count, scale, weights);
    product(queries.count, perHead, count, {weights, count, 1}, {value, keys.step}, {attended + first, width},
            Start::ZERO);
  }
}

/** Gradients of queries and keys, and D after them of values, from dAttended [queries, D]. Computes the weights again. */
static void attendBackward(const Widths& widths, Rows<const float> queries, Rows<const float> keys,
                           const float* dAttended, Rows<float> dQueries, Rows<float> dKeys, float* scratch) {
  const long width = widths.width, perHead = width / widths.heads, count = keys.count, rows = queries.count;
  const float scale = 1.0f / sqrtf((float)perHead);
  float* turned = scratch;
  float* weights = turned + count * perHead;
  float* dWeights = weights + rows * count;
  for (long first = 0; first < width; first += perHead) {
    const float *query = queries.at + first, *key = keys.at + first, *value = key + width, *d = dAttended + first;
    float *dQuery = dQueries.at + first, *dKey = dKeys.at + first, *dValue = dKey + width;
    transposeOf(count, perHead, key, keys.step, turned);
    product(rows, count, perHead, {query, queries.step, 1}, {turned, count}, {weights, count}, Start::ZERO);
    attentionWeights(rows, count, scale, weights);
    product(count, perHead, rows, {weights, 1, count}, {d, width}, {dValue, dKeys.step}, Start::ZERO);
    transposeOf(count, perHead, value, keys.step, turned);
    product(rows, count, perHead, {d, width, 1}, {turned, count}, {dWeights, count}, Start::ZERO);
    attentionWeightsBackward(rows, count, scale, weights, dWeights);
    product(rows, perHead, count, {dWeights, count, 1}, {key, keys.step}, {dQuery, dQueries.step}, Start::ZERO);
    product(count, perHead, rows, {dWeights, 1, count}, {query, queries.step}, {dKey, dKeys.step}, Start::ZERO);
  }
}

/** Queries, keys and values of all rows, attention within each event, and the output map. */
static void attentionForward(const Widths& widths, const Tile& tile, const float* x, const float* const* parameters,
                             float* mapped, float* attended, float* out, float* scratch) {
  const long width = widths.width;
  affine(tile.rows, width, 3 * width, x, parameters[attention::INPUT_KERNEL], parameters[attention::INPUT_BIAS],
         mapped);
  for (long e = 0; e < tile.events; e++) {
    const long start = tile.eventStart[e], count = tile.eventStart[e + 1] - start;
    const float* own = mapped + 3 * start * width;
    attend(widths, {own, count, 3 * width}, {own + width, count, 3 * width}, attended + start * width, scratch);
  }
  affine(tile.rows, width, width, attended, parameters[attention::OUTPUT_KERNEL],
         parameters[attention::OUTPUT_BIAS], out);
}

static long attentionBackwardScratch(const Widths& widths, long rows, long longest) {
  return 4 * rows * widths.width + eventScratch(widths, longest);
}

/** Writes dx. */
static void attentionBackward(const Widths& widths, const Tile& tile, const float* x, const float* const* transposed,
                              const float* mapped, const float* attended, const float* dy, float* dx,
                              float* const* gradients, float* scratch) {
  const long rows = tile.rows, width = widths.width;
  float* dAttended = scratch;
  float* dMapped = dAttended + rows * width;
  float* forEvents = dMapped + 3 * rows * width;
  affineInputGradient(rows, width, width, dy, transposed[attention::OUTPUT_KERNEL], dAttended);
  affineParameterGradients(rows, width, width, attended, dy, gradients[attention::OUTPUT_KERNEL],
                           gradients[attention::OUTPUT_BIAS]);
  for (long e = 0; e < tile.events; e++) {
    const long start = tile.eventStart[e], count = tile.eventStart[e + 1] - start;
    const float* own = mapped + 3 * start * width;
    float* dOwn = dMapped + 3 * start * width;
    attendBackward(widths, {own, count, 3 * width}, {own + width, count, 3 * width}, dAttended + start * width,
                   {dOwn, count, 3 * width}, {dOwn + width, count, 3 * width}, forEvents);
  }
  affineInputGradient(rows, width, 3 * width, dMapped, transposed[attention::INPUT_KERNEL], dx);
  affineParameterGradients(rows, width, 3 * width, x, dMapped, gradients[attention::INPUT_KERNEL],
                           gradients[attention::INPUT_BIAS]);
}

namespace attention_block {

// Queries, keys, values, and what was attended.
static long savedPerRow(const Widths& widths) { return 4 * widths.width; }
static long scratch(const Widths& widths, long rows, long longest) {
  return attentionBackwardScratch(widths, rows, longest);
}

static void forward(const Widths& widths, const Tile& tile, const float* x, const float*,
                    const float* const* parameters, float* out, float* saved, float* scratch) {
  attentionForward(widths, tile, x, parameters, saved, saved + 3 * tile.rows * widths.width, out, scratch);
}

static void backward(const Widths& widths, const Tile& tile, const float* x, const float*,
                     const float* const*, const float* const* transposed, const float* saved, const float* dy,
                     float* dx, float*, float* const* gradients, float* scratch) {
  attentionBackward(widths, tile, x, transposed, saved, saved + 3 * tile.rows * widths.width, dy, dx, gradients,
                    scratch);
}

constexpr BlockKernel kernel = {savedPerRow, scratch, forward, backward};

}  // namespace attention_block

namespace gated_attention_block {

using namespace gated_attention;

template <class Float>
struct Saved {
  Float *mapped, *attended, *branch, *gates, *statistics;

  Saved(const Widths& widths, long rows, Float* at)
      : mapped(at),
        attended(mapped + 3 * rows * widths.width),
        branch(attended + rows * widths.width),
        gates(branch + rows * widths.width),
        statistics(gates + rows * gatesPerRow(widths)) {}
};

static long savedPerRow(const Widths& widths) { return 5 * widths.width + gatesPerRow(widths) + 2; }

static long scratch(const Widths& widths, long rows, long longest) {
  return rows * (3 * widths.width + gatesPerRow(widths)) + attentionBackwardScratch(widths, rows, longest);
}

static void forward(const Widths& widths, const Tile& tile, const float* x, const float*,
                    const float* const* parameters, float* out, float* saved, float* scratch) {
  const Saved<float> keep(widths, tile.rows, saved);
  float* normal = scratch;
  normalise(tile.rows, widths, x, parameters + NORM, normal, keep.statistics);
  attentionForward(widths, tile, normal, parameters + ATTENTION, keep.mapped, keep.attended, keep.branch,
                   normal + tile.rows * widths.width);
  gateForward(tile.rows, widths, keep.branch, x, parameters + GATE, keep.gates, out);
}

static void backward(const Widths& widths, const Tile& tile, const float* x, const float*,
                     const float* const* parameters, const float* const* transposed, const float* saved,
                     const float* dy, float* dx, float*, float* const* gradients, float* scratch) {
  const long rows = tile.rows, width = widths.width;
  const Saved<const float> kept(widths, rows, saved);
  float* normal = scratch;
  float* dBranch = normal + rows * width;
  float* dNormal = dBranch + rows * width;
  float* dGates = dNormal + rows * width;
  float* rest = dGates + rows * gatesPerRow(widths);
  gateBackward(rows, widths, kept.branch, x, transposed + GATE, kept.gates, dy, dGates, dBranch, dx,
               gradients + GATE);
  normaliseAgain(rows, widths, x, parameters + NORM, normal, kept.statistics);
  attentionBackward(widths, tile, normal, transposed + ATTENTION, kept.mapped, kept.attended, dBranch, dNormal,
                    gradients + ATTENTION, rest);
  normaliseBackward(rows, widths, x, parameters + NORM, kept.statistics, dNormal, dx, true, gradients + NORM);
}

constexpr BlockKernel kernel = {savedPerRow, scratch, forward, backward};

}  // namespace gated_attention_block
/** The gated attention of the first row of each event: core's plainGatedAttentionOfFirst. Every other row comes out as 0. */
namespace first_attention_block {

using namespace gated_attention;

/** The first row of each event of `all` [rows, width], next to each other. */
static void firstRows(const Tile& tile, long width, const float* all, float* firsts) {
  for (long e = 0; e < tile.events; e++) {
    memcpy(firsts + e * width, all + tile.eventStart[e] * width, sizeof(float) * width);
  }
}

/** Adds rows to the first of each event of `all`. */
static void addToFirstRows(const Tile& tile, long width, const float* firsts, float* all) {
  for (long e = 0; e < tile.events; e++) {
    float* row = all + tile.eventStart[e] * width;
    const float* more = firsts + e * width;
    forEachVector(width, [&](long j, auto lanes) { store(row + j, load(row + j, lanes) + load(more + j, lanes), lanes); });
  }
}

/** Keys and values have a row for each row, everything else one for each event. */
template <class Float>
struct Saved {
  Float *pairs, *queries, *attended, *branch, *gates, *statistics;

  Saved(const Widths& widths, long rows, Float* at)
      : pairs(at),
        queries(pairs + 2 * rows * widths.width),
        attended(queries + rows * widths.width),
        branch(attended + rows * widths.width),
        gates(branch + rows * widths.width),
        statistics(gates + rows * gatesPerRow(widths)) {}
};

static long savedPerRow(const Widths& widths) { return 5 * widths.width + gatesPerRow(widths) + 2; }

static long scratch(const Widths& widths, long rows, long longest) {
  return rows * (12 * widths.width + gatesPerRow(widths)) + eventScratch(widths, longest);
}

static void forward(const Widths& widths, const Tile& tile, const float* x, const float*,
                    const float* const* parameters, float* out, float* saved, float* scratch) {
  const long rows = tile.rows, events = tile.events, width = widths.width;
  const Saved<float> keep(widths, rows, saved);
  const float* kernel = parameters[ATTENTION + attention::INPUT_KERNEL];
  const float* bias = parameters[ATTENTION + attention::INPUT_BIAS];
  float* normal = scratch;
  float* firsts = normal + rows * width;
  float* outOfFirsts = firsts + rows * width;
  float* forEvents = outOfFirsts + rows * width;
  normalise(rows, widths, x, parameters + NORM, normal, keep.statistics);
  product(rows, 2 * width, width, {normal, width, 1}, {kernel + width, 3 * width}, {keep.pairs, 2 * width},
          Start::BIAS, bias + width);
  firstRows(tile, width, normal, firsts);
  product(events, width, width, {firsts, width, 1}, {kernel, 3 * width}, {keep.queries, width}, Start::BIAS, bias);
  for (long e = 0; e < events; e++) {
    const long start = tile.eventStart[e], count = tile.eventStart[e + 1] - start;
    attend(widths, {keep.queries + e * width, 1, width}, {keep.pairs + 2 * start * width, count, 2 * width},
           keep.attended + e * width, forEvents);
  }
  affine(events, width, width, keep.attended, parameters[ATTENTION + attention::OUTPUT_KERNEL],
         parameters[ATTENTION + attention::OUTPUT_BIAS], keep.branch);
  firstRows(tile, width, x, firsts);
  gateForward(events, widths, keep.branch, firsts, parameters + GATE, keep.gates, outOfFirsts);
  memset(out, 0, sizeof(float) * rows * width);
  addToFirstRows(tile, width, outOfFirsts, out);
}

static void backward(const Widths& widths, const Tile& tile, const float* x, const float*,
                     const float* const* parameters, const float* const* transposed, const float* saved,
                     const float* dy, float* dx, float*, float* const* gradients, float* scratch) {
  const long rows = tile.rows, events = tile.events, width = widths.width;
  const Saved<const float> kept(widths, rows, saved);
  const float* turnedInput = transposed[ATTENTION + attention::INPUT_KERNEL];
  float* dKernel = gradients[ATTENTION + attention::INPUT_KERNEL];
  float* dBias = gradients[ATTENTION + attention::INPUT_BIAS];
  float* normal = scratch;
  float* dNormal = normal + rows * width;
  float* dPairs = dNormal + rows * width;
  float* firsts = dPairs + 2 * rows * width;
  float* dFirsts = firsts + rows * width;
  float* dOut = dFirsts + rows * width;
  float* dBranch = dOut + rows * width;
  float* dAttended = dBranch + rows * width;
  float* dQueries = dAttended + rows * width;
  float* dGates = dQueries + rows * width;
  float* forEvents = dGates + rows * gatesPerRow(widths);

  firstRows(tile, width, dy, dOut);
  firstRows(tile, width, x, firsts);
  gateBackward(events, widths, kept.branch, firsts, transposed + GATE, kept.gates, dOut, dGates, dBranch, dFirsts,
               gradients + GATE);
  memset(dx, 0, sizeof(float) * rows * width);
  addToFirstRows(tile, width, dFirsts, dx);

  affineInputGradient(events, width, width, dBranch, transposed[ATTENTION + attention::OUTPUT_KERNEL], dAttended);
  affineParameterGradients(events, width, width, kept.attended, dBranch,
                           gradients[ATTENTION + attention::OUTPUT_KERNEL],
                           gradients[ATTENTION + attention::OUTPUT_BIAS]);
  for (long e = 0; e < events; e++) {
    const long start = tile.eventStart[e], count = tile.eventStart[e + 1] - start;
    attendBackward(widths, {kept.queries + e * width, 1, width},
                   {kept.pairs + 2 * start * width, count, 2 * width}, dAttended + e * width,
                   {dQueries + e * width, 1, width}, {dPairs + 2 * start * width, count, 2 * width}, forEvents);
  }

  normaliseAgain(rows, widths, x, parameters + NORM, normal, kept.statistics);
  product(rows, width, 2 * width, {dPairs, 2 * width, 1}, {turnedInput + width * width, width}, {dNormal, width},
          Start::ZERO);
  product(width, 2 * width, rows, {normal, 1, width}, {dPairs, 2 * width}, {dKernel + width, 3 * width}, Start::SUM);
  addColumnSums(rows, 2 * width, dPairs, 2 * width, dBias + width);
  firstRows(tile, width, normal, firsts);
  product(events, width, width, {dQueries, width, 1}, {turnedInput, width}, {dFirsts, width}, Start::ZERO);
  product(width, width, events, {firsts, 1, width}, {dQueries, width}, {dKernel, 3 * width}, Start::SUM);
  addColumnSums(events, width, dQueries, width, dBias);
  addToFirstRows(tile, width, dFirsts, dNormal);
  normaliseBackward(rows, widths, x, parameters + NORM, kept.statistics, dNormal, dx, true, gradients + NORM);
}

constexpr BlockKernel kernel = {savedPerRow, scratch, forward, backward};

}  // namespace first_attention_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
