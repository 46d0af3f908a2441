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

/** Each row of the scores [count, count] to softmax(scale row). */
static void attentionWeights(long count, float scale, float* scores) {
  for (long i = 0; i < count; i++, scores += count) {
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
static void attentionWeightsBackward(long count, float scale, const float* weights, float* dWeights) {
  for (long i = 0; i < count; i++, weights += count, dWeights += count) {
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

/** attended [count, D] of one event, from queries, keys and values [count, 3 D]. */
static void attend(const Widths& widths, long count, const float* mapped, float* attended, float* scratch) {
  const long width = widths.width, perHead = width / widths.heads, three = 3 * width;
  const float scale = 1.0f / sqrtf((float)perHead);
  float* keys = scratch;
  float* weights = keys + count * perHead;
  for (long first = 0; first < width; first += perHead) {
    const float *query = mapped + first, *key = query + width, *value = key + width;
    transposeOf(count, perHead, key, three, keys);
    product(count, count, perHead, {query, three, 1}, {keys, count}, {weights, count}, Start::ZERO);
    attentionWeights(count, scale, weights);
    product(count, perHead, count, {weights, count, 1}, {value, three}, {attended + first, width}, Start::ZERO);
  }
}

/** dMapped [count, 3 D] from dAttended [count, D]. The weights are computed again. */
static void attendBackward(const Widths& widths, long count, const float* mapped, const float* dAttended,
                           float* dMapped, float* scratch) {
  const long width = widths.width, perHead = width / widths.heads, three = 3 * width;
  const float scale = 1.0f / sqrtf((float)perHead);
  float* turned = scratch;
  float* weights = turned + count * perHead;
  float* dWeights = weights + count * count;
  for (long first = 0; first < width; first += perHead) {
    const float *query = mapped + first, *key = query + width, *value = key + width, *d = dAttended + first;
    float *dQuery = dMapped + first, *dKey = dQuery + width, *dValue = dKey + width;
    transposeOf(count, perHead, key, three, turned);
    product(count, count, perHead, {query, three, 1}, {turned, count}, {weights, count}, Start::ZERO);
    attentionWeights(count, scale, weights);
    product(count, perHead, count, {weights, 1, count}, {d, width}, {dValue, three}, Start::ZERO);
    transposeOf(count, perHead, value, three, turned);
    product(count, count, perHead, {d, width, 1}, {turned, count}, {dWeights, count}, Start::ZERO);
    attentionWeightsBackward(count, scale, weights, dWeights);
    product(count, perHead, count, {dWeights, count, 1}, {key, three}, {dQuery, three}, Start::ZERO);
    product(count, perHead, count, {dWeights, 1, count}, {query, three}, {dKey, three}, Start::ZERO);
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
    attend(widths, count, mapped + 3 * start * width, attended + start * width, scratch);
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
    attendBackward(widths, count, mapped + 3 * start * width, dAttended + start * width,
                   dMapped + 3 * start * width, forEvents);
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
}  // namespace UNFOLD_ISA
}  // namespace unfold
