// Multi-head self-attention (Vaswani et al. 2017) among the rows of each event: core's plainMaskedAttention and
// plainGatedAttention of events without padding.
#pragma once
#include "gru_gate.h"
#include "layer_norm.h"
#include "linear.h"

namespace unfold {
namespace UNFOLD_ISA {

namespace attention {
enum Parameter { INPUT_BIAS, INPUT_KERNEL, OUTPUT_BIAS, OUTPUT_KERNEL, COUNT };
}

/** The parameters of an attention in a block's table, in the order of attention::Parameter, as `part` of the block. */
#define UNFOLD_ATTENTION_PARAMETERS(part)                                       \
  vectorParameter(part "inputBias", Length::THREE_WIDTHS),                      \
      matrixParameter(part "inputKernel", Length::WIDTH, Length::THREE_WIDTHS), \
      vectorParameter(part "outputBias", Length::WIDTH),                        \
      matrixParameter(part "outputKernel", Length::WIDTH, Length::WIDTH)

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
    forEachVector(count, [&](long j, auto lanes) { most = maximum(most, loadOr(scores + j, lanes, -INFINITY)); });
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
    product({queries.count, count, perHead}, {query, queries.step, 1}, {turned, count}, {weights, count}, Start::ZERO);
    attentionWeights(queries.count, count, scale, weights);
    product({queries.count, perHead, count}, {weights, count, 1}, {value, keys.step}, {attended + first, width},
            Start::ZERO);
  }
}

/** Gradients of queries, of keys and, D after them, of values from dAttended [queries, D]. Computes weights again. */
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
    product({rows, count, perHead}, {query, queries.step, 1}, {turned, count}, {weights, count}, Start::ZERO);
    attentionWeights(rows, count, scale, weights);
    product({count, perHead, rows}, {weights, 1, count}, {d, width}, {dValue, dKeys.step}, Start::ZERO);
    transposeOf(count, perHead, value, keys.step, turned);
    product({rows, count, perHead}, {d, width, 1}, {turned, count}, {dWeights, count}, Start::ZERO);
    attentionWeightsBackward(rows, count, scale, weights, dWeights);
    product({rows, perHead, count}, {dWeights, count, 1}, {key, keys.step}, {dQuery, dQueries.step}, Start::ZERO);
    product({count, perHead, rows}, {dWeights, 1, count}, {query, queries.step}, {dKey, dKeys.step}, Start::ZERO);
  }
}

/** Queries, keys and values of all rows, and behind them what was attended: what attention saves. */
struct SavedAttention {
  float *mapped, *attended;

  explicit SavedAttention(const BlockCall& call)
      : mapped(call.saved), attended(mapped + 3 * call.tile.rows * call.widths.width) {}
};

static long attentionSavedPerRow(const Widths& widths) { return 4 * widths.width; }

/** Queries, keys and values of all rows, attention within each event, and the output map. */
static void attentionForward(const BlockCall& call) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float* const* p = call.parameters;
  const SavedAttention keep(call);
  affine(rows, width, 3 * width, call.x, p[attention::INPUT_KERNEL], p[attention::INPUT_BIAS], keep.mapped);
  for (long e = 0; e < call.tile.events; e++) {
    const long start = call.tile.eventStart[e], count = call.tile.eventStart[e + 1] - start;
    const float* own = keep.mapped + 3 * start * width;
    attend(call.widths, {own, count, 3 * width}, {own + width, count, 3 * width}, keep.attended + start * width,
           call.scratch);
  }
  affine(rows, width, width, keep.attended, p[attention::OUTPUT_KERNEL], p[attention::OUTPUT_BIAS], call.out);
}

static long attentionBackwardScratch(const Widths& widths, long rows, long longest) {
  return 4 * rows * widths.width + eventScratch(widths, longest);
}

/** Writes dx. */
static void attentionBackward(const BlockCall& call, const BlockGradients& gradients) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float* const* transposed = gradients.transposed;
  float* const* sums = gradients.parameters;
  const SavedAttention kept(call);
  float* dAttended = call.scratch;
  float* dMapped = dAttended + rows * width;
  float* forEvents = dMapped + 3 * rows * width;
  affineInputGradient(rows, width, width, gradients.dy, transposed[attention::OUTPUT_KERNEL], dAttended);
  affineParameterGradients(rows, width, width, kept.attended, gradients.dy, sums[attention::OUTPUT_KERNEL],
                           sums[attention::OUTPUT_BIAS]);
  for (long e = 0; e < call.tile.events; e++) {
    const long start = call.tile.eventStart[e], count = call.tile.eventStart[e + 1] - start;
    const float* own = kept.mapped + 3 * start * width;
    float* dOwn = dMapped + 3 * start * width;
    attendBackward(call.widths, {own, count, 3 * width}, {own + width, count, 3 * width}, dAttended + start * width,
                   {dOwn, count, 3 * width}, {dOwn + width, count, 3 * width}, forEvents);
  }
  affineInputGradient(rows, width, 3 * width, dMapped, transposed[attention::INPUT_KERNEL], gradients.dx);
  affineParameterGradients(rows, width, 3 * width, call.x, dMapped, sums[attention::INPUT_KERNEL],
                           sums[attention::INPUT_BIAS]);
}

namespace attention_block {

constexpr BlockParameter parameters[attention::COUNT] = {UNFOLD_ATTENTION_PARAMETERS("")};

constexpr BlockKernel kernel = {
    "UnfoldMaskedAttention",
    BlockInput::EVENT,
    Length::WIDTH,
    Length::WIDTH,
    parameters,
    attention::COUNT,
    attentionSavedPerRow,
    attentionBackwardScratch,
    attentionForward,
    attentionBackward,
};

}  // namespace attention_block

namespace gated_attention {

enum Parameter {
  ATTENTION,
  GATE = ATTENTION + attention::COUNT,
  NORM = GATE + gate::COUNT,
  COUNT = NORM + norm::COUNT
};

constexpr BlockParameter parameters[COUNT] = {
    UNFOLD_ATTENTION_PARAMETERS("attention."),
    UNFOLD_GATE_PARAMETERS,
    UNFOLD_NORM_PARAMETERS("norm."),
};

}  // namespace gated_attention

/** gate(attention(norm(x)), x): core's plainGatedAttention. */
namespace gated_attention_block {

using namespace gated_attention;

struct Saved {
  float *attention, *branch, *gates, *statistics;

  explicit Saved(const BlockCall& call)
      : attention(call.saved),
        branch(attention + call.tile.rows * attentionSavedPerRow(call.widths)),
        gates(branch + call.tile.rows * call.widths.width),
        statistics(gates + call.tile.rows * gatesPerRow(call.widths)) {}
};

static long savedPerRow(const Widths& widths) {
  return attentionSavedPerRow(widths) + widths.width + gatesPerRow(widths) + 2;
}

static long scratch(const Widths& widths, long rows, long longest) {
  return rows * (3 * widths.width + gatesPerRow(widths)) + attentionBackwardScratch(widths, rows, longest);
}

static void forward(const BlockCall& call) {
  const Saved keep(call);
  float* normal = call.scratch;
  normalise(partOf(call, NORM, call.x, normal, keep.statistics));
  BlockCall attending = partOf(call, ATTENTION, normal, keep.branch, keep.attention);
  attending.scratch = normal + call.tile.rows * call.widths.width;
  attentionForward(attending);
  BlockCall gate = partOf(call, GATE, keep.branch, call.out, keep.gates);
  gate.skip = call.x;
  gateForward(gate);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const long rows = call.tile.rows, width = call.widths.width;
  const Saved kept(call);
  float* normal = call.scratch;
  float* dBranch = normal + rows * width;
  float* dNormal = dBranch + rows * width;
  float* dGates = dNormal + rows * width;

  BlockCall gate = partOf(call, GATE, kept.branch, nullptr, kept.gates);
  gate.skip = call.x;
  gate.scratch = dGates;
  BlockGradients ofGate = partOf(gradients, GATE, gradients.dy, dBranch);
  ofGate.dSkip = gradients.dx;
  gateBackward(gate, ofGate);
  const BlockCall norm = partOf(call, NORM, call.x, normal, kept.statistics);
  normaliseAgain(norm);
  BlockCall attending = partOf(call, ATTENTION, normal, nullptr, kept.attention);
  attending.scratch = dGates + rows * gatesPerRow(call.widths);
  attentionBackward(attending, partOf(gradients, ATTENTION, dBranch, dNormal));
  normaliseBackward(norm, partOf(gradients, NORM, dNormal, gradients.dx), true);
}

constexpr BlockKernel kernel = {
    "UnfoldGatedAttention",
    BlockInput::EVENT,
    Length::WIDTH,
    Length::WIDTH,
    parameters,
    COUNT,
    savedPerRow,
    scratch,
    forward,
    backward,
};

}  // namespace gated_attention_block

/** The gated attention of the first row of each event, every other row being 0: core's plainGatedAttentionOfFirst. */
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
    forEachVector(width,
                  [&](long j, auto lanes) { store(row + j, load(row + j, lanes) + load(more + j, lanes), lanes); });
  }
}

/** Keys and values have a row for each row, everything else one for each event. */
struct Saved {
  float *pairs, *queries, *attended, *branch, *gates, *statistics;

  explicit Saved(const BlockCall& call)
      : pairs(call.saved),
        queries(pairs + 2 * call.tile.rows * call.widths.width),
        attended(queries + call.tile.rows * call.widths.width),
        branch(attended + call.tile.rows * call.widths.width),
        gates(branch + call.tile.rows * call.widths.width),
        statistics(gates + call.tile.rows * gatesPerRow(call.widths)) {}
};

static long savedPerRow(const Widths& widths) { return 5 * widths.width + gatesPerRow(widths) + 2; }

static long scratch(const Widths& widths, long rows, long longest) {
  return rows * (12 * widths.width + gatesPerRow(widths)) + eventScratch(widths, longest);
}

/** The call of the gate, which has a row for each event. */
static BlockCall gateOfFirsts(const BlockCall& call, const Saved& saved, const float* firsts, float* out) {
  BlockCall gate = partOf(call, GATE, saved.branch, out, saved.gates);
  gate.tile.rows = call.tile.events;
  gate.skip = firsts;
  return gate;
}

static void forward(const BlockCall& call) {
  const Tile& tile = call.tile;
  const long rows = tile.rows, events = tile.events, width = call.widths.width;
  const float* const* p = call.parameters + ATTENTION;
  const float *kernel = p[attention::INPUT_KERNEL], *bias = p[attention::INPUT_BIAS];
  const Saved keep(call);
  float* normal = call.scratch;
  float* firsts = normal + rows * width;
  float* outOfFirsts = firsts + rows * width;
  float* forEvents = outOfFirsts + rows * width;
  normalise(partOf(call, NORM, call.x, normal, keep.statistics));
  mappedProduct({rows, 2 * width, width}, {normal, width, 1}, {kernel + width, 3 * width}, {keep.pairs, 2 * width},
                Start::BIAS, bias + width);
  firstRows(tile, width, normal, firsts);
  mappedProduct({events, width, width}, {firsts, width, 1}, {kernel, 3 * width}, {keep.queries, width}, Start::BIAS,
                bias);
  for (long e = 0; e < events; e++) {
    const long start = tile.eventStart[e], count = tile.eventStart[e + 1] - start;
    attend(call.widths, {keep.queries + e * width, 1, width}, {keep.pairs + 2 * start * width, count, 2 * width},
           keep.attended + e * width, forEvents);
  }
  affine(events, width, width, keep.attended, p[attention::OUTPUT_KERNEL], p[attention::OUTPUT_BIAS], keep.branch);
  firstRows(tile, width, call.x, firsts);
  gateForward(gateOfFirsts(call, keep, firsts, outOfFirsts));
  memset(call.out, 0, sizeof(float) * rows * width);
  addToFirstRows(tile, width, outOfFirsts, call.out);
}

/** Where the backward half keeps what it computes, one array after the other. */
struct Scratch {
  float *normal, *dNormal, *dPairs, *firsts, *dFirsts, *dOut, *dBranch, *dAttended, *dQueries, *dGates, *forEvents;

  Scratch(const BlockCall& call, long size)
      : normal(call.scratch),
        dNormal(normal + size),
        dPairs(dNormal + size),
        firsts(dPairs + 2 * size),
        dFirsts(firsts + size),
        dOut(dFirsts + size),
        dBranch(dOut + size),
        dAttended(dBranch + size),
        dQueries(dAttended + size),
        dGates(dQueries + size),
        forEvents(dGates + call.tile.rows * gatesPerRow(call.widths)) {}
};

/** Gradients through the gate: writes that of the branch, and of x the part that goes past attention. */
static void backwardOfGate(const BlockCall& call, const BlockGradients& gradients, const Saved& kept,
                           const Scratch& own) {
  const long width = call.widths.width;
  firstRows(call.tile, width, gradients.dy, own.dOut);
  firstRows(call.tile, width, call.x, own.firsts);
  BlockCall gate = gateOfFirsts(call, kept, own.firsts, nullptr);
  gate.scratch = own.dGates;
  BlockGradients ofGate = partOf(gradients, GATE, own.dOut, own.dBranch);
  ofGate.dSkip = own.dFirsts;
  gateBackward(gate, ofGate);
  memset(gradients.dx, 0, sizeof(float) * call.tile.rows * width);
  addToFirstRows(call.tile, width, own.dFirsts, gradients.dx);
}

/** Gradients through the output map and attention: writes those of queries, keys and values. */
static void backwardOfAttention(const BlockCall& call, const BlockGradients& gradients, const Saved& kept,
                                const Scratch& own) {
  const long events = call.tile.events, width = call.widths.width;
  float* const* sums = gradients.parameters + ATTENTION;
  affineInputGradient(events, width, width, own.dBranch, gradients.transposed[ATTENTION + attention::OUTPUT_KERNEL],
                      own.dAttended);
  affineParameterGradients(events, width, width, kept.attended, own.dBranch, sums[attention::OUTPUT_KERNEL],
                           sums[attention::OUTPUT_BIAS]);
  for (long e = 0; e < events; e++) {
    const long start = call.tile.eventStart[e], count = call.tile.eventStart[e + 1] - start;
    attendBackward(call.widths, {kept.queries + e * width, 1, width},
                   {kept.pairs + 2 * start * width, count, 2 * width}, own.dAttended + e * width,
                   {own.dQueries + e * width, 1, width}, {own.dPairs + 2 * start * width, count, 2 * width},
                   own.forEvents);
  }
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const long rows = call.tile.rows, events = call.tile.events, width = call.widths.width;
  const float* turnedInput = gradients.transposed[ATTENTION + attention::INPUT_KERNEL];
  float* dKernel = gradients.parameters[ATTENTION + attention::INPUT_KERNEL];
  float* dBias = gradients.parameters[ATTENTION + attention::INPUT_BIAS];
  const Saved kept(call);
  const Scratch own(call, rows * width);
  backwardOfGate(call, gradients, kept, own);
  backwardOfAttention(call, gradients, kept, own);

  const BlockCall norm = partOf(call, NORM, call.x, own.normal, kept.statistics);
  normaliseAgain(norm);
  mappedProduct({rows, width, 2 * width}, {own.dPairs, 2 * width, 1}, {turnedInput + width * width, width},
                {own.dNormal, width}, Start::ZERO);
  mappedProduct({width, 2 * width, rows}, {own.normal, 1, width}, {own.dPairs, 2 * width}, {dKernel + width, 3 * width},
                Start::SUM);
  addColumnSums(rows, 2 * width, own.dPairs, 2 * width, dBias + width);
  firstRows(call.tile, width, own.normal, own.firsts);
  mappedProduct({events, width, width}, {own.dQueries, width, 1}, {turnedInput, width}, {own.dFirsts, width},
                Start::ZERO);
  mappedProduct({width, width, events}, {own.firsts, 1, width}, {own.dQueries, width}, {dKernel, 3 * width},
                Start::SUM);
  addColumnSums(events, width, own.dQueries, width, dBias);
  addToFirstRows(call.tile, width, own.dFirsts, own.dNormal);
  normaliseBackward(norm, partOf(gradients, NORM, own.dNormal, gradients.dx), true);
}

constexpr BlockKernel kernel = {
    "UnfoldGatedAttentionOfFirst",
    BlockInput::EVENT_WITH_FIRST,
    Length::WIDTH,
    Length::WIDTH,
    parameters,
    COUNT,
    savedPerRow,
    scratch,
    forward,
    backward,
};

}  // namespace first_attention_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
