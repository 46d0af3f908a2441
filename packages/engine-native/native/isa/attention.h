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

// The weights of an event are held with a row for each key and a column for each query, so that what softmax sums over
// lies in different vectors; of one query alone, in one.

/** Scores of one query to softmax(scale scores). */
static void attentionWeightsOfOne(long keys, float scale, float* scores) {
  Vector most = broadcast(-INFINITY);
  forEachVector(keys,
                [&](long j, auto lanes) { most = maximum(most, filled(load(scores + j, lanes), lanes, -INFINITY)); });
  const float top = maximumOfLanes(most);
  Vector sum = {};
  forEachVector(keys, [&](long j, auto lanes) {
    // Of what is beyond the row's end the exponential is that of -87, which no sum of float32 notices.
    const Vector e = exponentialInBlock((filled(load(scores + j, lanes), lanes, -INFINITY) - top) * scale);
    sum += e;
    store(scores + j, e, lanes);
  });
  const float inverse = 1.0f / sumOfLanes(sum);
  forEachVector(keys, [&](long j, auto lanes) { store(scores + j, load(scores + j, lanes) * inverse, lanes); });
}

/** Each column of the scores [keys, queries] to softmax(scale column). */
static void attentionWeights(long keys, long queries, float scale, float* scores) {
  if (queries == 1) return attentionWeightsOfOne(keys, scale, scores);
  forEachVector(queries, [&](long i, auto lanes) {
    Vector top = load(scores + i, lanes);
    for (long j = 1; j < keys; j++) top = maximum(top, load(scores + j * queries + i, lanes));
    Vector sum = {};
    for (long j = 0; j < keys; j++) {
      float* at = scores + j * queries + i;
      const Vector e = exponentialInBlock((load(at, lanes) - top) * scale);
      sum += e;
      store(at, e, lanes);
    }
    const Vector inverse = 1.0f / sum;
    for (long j = 0; j < keys; j++) {
      float* at = scores + j * queries + i;
      store(at, load(at, lanes) * inverse, lanes);
    }
  });
}

/** Gradient of the scores in place of that of the weights, of one query. */
static void attentionWeightsBackwardOfOne(long keys, float scale, const float* weights, float* dWeights) {
  Vector along = {};
  forEachVector(keys, [&](long j, auto lanes) { along += load(weights + j, lanes) * load(dWeights + j, lanes); });
  const float mean = sumOfLanes(along);
  forEachVector(keys, [&](long j, auto lanes) {
    store(dWeights + j, load(weights + j, lanes) * (load(dWeights + j, lanes) - mean) * scale, lanes);
  });
}

/** Gradient of the scores in place of that of the weights; `scale` as in attentionWeights. */
static void attentionWeightsBackward(long keys, long queries, float scale, const float* weights, float* dWeights) {
  if (queries == 1) return attentionWeightsBackwardOfOne(keys, scale, weights, dWeights);
  forEachVector(queries, [&](long i, auto lanes) {
    Vector mean = {};
    for (long j = 0; j < keys; j++) {
      mean += load(weights + j * queries + i, lanes) * load(dWeights + j * queries + i, lanes);
    }
    for (long j = 0; j < keys; j++) {
      float* at = dWeights + j * queries + i;
      store(at, load(weights + j * queries + i, lanes) * (load(at, lanes) - mean) * scale, lanes);
    }
  });
}

/** Rows of factors, each `step` after the one before. */
template <class Number>
struct Rows {
  Number* at;
  long count, step;
};

// Of this file alone, as functions are that are static: the build refuses what a linker may take for another file's.
namespace {

/** Attention of one head within an event, and the memory for it. */
class Head {
 public:
  static long scratch(const Widths& widths, long longest) {
    return longest * wide(longest) + 2 * (longest + 1) * (longest + widths.width / widths.heads);
  }

  Head(const Widths& widths, long queries, long keys, float* memory)
      : queries_(queries), keys_(keys), size_(widths.width / widths.heads), scale_(1.0f / sqrtf((float)size_)) {
    Pieces own = {memory};
    weights_ = own.floats(keys * queries);
    dWeights_ = own.floats(keys * queries);
    right_ = own.words((keys > queries ? keys : queries) * size_ + size_);
    left_ = own.floats(keys * wide(queries) + queries);
  }

  /** Of the rows of queries and keys at their first columns. */
  void computeWeights(Rows<const Factor> query, Rows<const Factor> key) {
    multiply(key, query, weights_);
    attentionWeights(keys_, queries_, scale_, weights_);
  }

  void attend(Rows<const Factor> value, Rows<Factor> attended) {
    productOfWords({queries_, size_, keys_}, byQuery(weights_), stackedRows(value), resultOf(attended), Start::ZERO);
  }

  void valueGradient(Rows<const Factor> dAttended, Rows<Factor> dValue) {
    productOfWords({keys_, size_, queries_}, byKey(weights_), stackedRows(dAttended), resultOf(dValue), Start::ZERO);
  }

  /** Needs weights. */
  void computeScoreGradients(Rows<const Factor> value, Rows<const Factor> dAttended) {
    multiply(value, dAttended, dWeights_);
    attentionWeightsBackward(keys_, queries_, scale_, weights_, dWeights_);
  }

  void queryGradient(Rows<const Factor> key, Rows<Factor> dQuery) {
    productOfWords({queries_, size_, keys_}, byQuery(dWeights_), stackedRows(key), resultOf(dQuery), Start::ZERO);
  }

  void keyGradient(Rows<const Factor> query, Rows<Factor> dKey) {
    productOfWords({keys_, size_, queries_}, byKey(dWeights_), stackedRows(query), resultOf(dKey), Start::ZERO);
  }

 private:
  /** Room for a row of rounded weights. */
  static long wide(long queries) { return (queries + LANES - 1) / LANES * LANES; }
  static Result<Factor> resultOf(Rows<Factor> rows) { return {rows.at, rows.step}; }

  /** The product of each row of a key with each of a query. */
  void multiply(Rows<const Factor> keys, Rows<const Factor> queries, float* products) {
    const Rows<const Factor>&rows = queries_ == 1 ? queries : keys, &columns = queries_ == 1 ? keys : queries;
    productOfWords({rows.count, columns.count, size_}, leftRows(rows.at, rows.step), turned(columns),
                   Result<float>{products, columns.count}, Start::ZERO);
  }

  /** Words of a row's neighbours, in columns. */
  RightWords turned(Rows<const Factor> rows) {
    const long words = size_ / FACTORS_PER_WORD;
    transposeWords(rows.count, words, asWords(rows.at), rows.step / FACTORS_PER_WORD, right_, rows.count);
    return {right_, rows.count};
  }
  RightWords stackedRows(Rows<const Factor> rows) { return stacked(rows.count, size_, rows.at, rows.step, right_); }

  LeftWords byQuery(const float* weights) {
    const RightWords words = stacked(keys_, queries_, weights, queries_, (Word*)left_);
    return {words.data, 1, words.rowStep};
  }
  LeftWords byKey(const float* weights) {
    return roundedRows(keys_, queries_, weights, queries_, (Factor*)left_, IS_ROUNDED ? wide(queries_) : queries_);
  }

  long queries_, keys_, size_;
  float scale_;
  float *weights_, *dWeights_, *left_;
  Word* right_;
};

}  // namespace

template <class Number>
INLINE Rows<Number> columnsFrom(long first, Rows<Number> rows) {
  return {rows.at + first, rows.count, rows.step};
}

/** attended [queries, D] of one event, from its queries, its keys and, D after them, its values. */
static void attend(const Widths& widths, Rows<const Factor> queries, Rows<const Factor> keys, Factor* attended,
                   float* scratch) {
  Head head(widths, queries.count, keys.count, scratch);
  for (long first = 0; first < widths.width; first += widths.width / widths.heads) {
    head.computeWeights(columnsFrom(first, queries), columnsFrom(first, keys));
    head.attend(columnsFrom(widths.width + first, keys), {attended + first, queries.count, widths.width});
  }
}

/** Gradients of queries, of keys and, D after them, of values from dAttended [queries, D]. Computes weights again. */
static void attendBackward(const Widths& widths, Rows<const Factor> queries, Rows<const Factor> keys,
                           const Factor* dAttended, Rows<Factor> dQueries, Rows<Factor> dKeys, float* scratch) {
  const long width = widths.width;
  Head head(widths, queries.count, keys.count, scratch);
  for (long first = 0; first < width; first += width / widths.heads) {
    const Rows<const Factor> query = columnsFrom(first, queries), key = columnsFrom(first, keys);
    const Rows<const Factor> value = columnsFrom(width + first, keys);
    const Rows<const Factor> d = {dAttended + first, queries.count, width};
    head.computeWeights(query, key);
    head.valueGradient(d, columnsFrom(width + first, dKeys));
    head.computeScoreGradients(value, d);
    head.queryGradient(key, columnsFrom(first, dQueries));
    head.keyGradient(query, columnsFrom(first, dKeys));
  }
}

/** Queries, keys and values of all rows, and what was attended. */
struct SavedAttention {
  Factor *mapped, *attended;

  SavedAttention(const BlockCall& call, Pieces& pieces)
      : mapped(pieces.factors(3 * call.tile.rows * call.widths.width)),
        attended(pieces.factors(call.tile.rows * call.widths.width)) {}
};

static long attentionSavedPerRow(const Widths& widths) { return wordsOf(4 * widths.width); }

/** Queries, keys and values of all rows, attention within each event, and the output map. */
template <class Number>
static void attentionForward(const BlockCall& call, const Factor* x, const SavedAttention& keep, float* scratch,
                             Number* out) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float* const* p = call.parameters;
  affine(rows, width, 3 * width, x, p[attention::INPUT_KERNEL], p[attention::INPUT_BIAS], keep.mapped);
  for (long e = 0; e < call.tile.events; e++) {
    const long start = call.tile.eventStart[e], count = call.tile.eventStart[e + 1] - start;
    const Factor* own = keep.mapped + 3 * start * width;
    attend(call.widths, {own, count, 3 * width}, {own + width, count, 3 * width}, keep.attended + start * width,
           scratch);
  }
  affine(rows, width, width, keep.attended, p[attention::OUTPUT_KERNEL], p[attention::OUTPUT_BIAS], out);
}

static long attentionBackwardScratch(const Widths& widths, long rows, long longest) {
  return 4 * rows * widths.width + Head::scratch(widths, longest);
}

/** Writes dx. */
template <class Number>
static void attentionBackward(const BlockCall& call, const BlockGradients& gradients, const Factor* x,
                              const SavedAttention& kept, const Factor* dy, Pieces own, Number* dx) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float* const* transposed = gradients.transposed;
  float* const* sums = gradients.parameters;
  Factor* dAttended = own.factors(rows * width);
  Factor* dMapped = own.factors(3 * rows * width);
  affineInputGradient(rows, width, width, dy, transposed[attention::OUTPUT_KERNEL], dAttended);
  affineParameterGradients(rows, width, width, kept.attended, dy, sums[attention::OUTPUT_KERNEL],
                           sums[attention::OUTPUT_BIAS]);
  for (long e = 0; e < call.tile.events; e++) {
    const long start = call.tile.eventStart[e], count = call.tile.eventStart[e + 1] - start;
    const Factor* mapped = kept.mapped + 3 * start * width;
    Factor* dOwn = dMapped + 3 * start * width;
    attendBackward(call.widths, {mapped, count, 3 * width}, {mapped + width, count, 3 * width},
                   dAttended + start * width, {dOwn, count, 3 * width}, {dOwn + width, count, 3 * width}, own.at);
  }
  affineInputGradient(rows, width, 3 * width, dMapped, transposed[attention::INPUT_KERNEL], dx);
  affineParameterGradients(rows, width, 3 * width, x, dMapped, sums[attention::INPUT_KERNEL],
                           sums[attention::INPUT_BIAS]);
}

namespace attention_block {

constexpr BlockParameter parameters[attention::COUNT] = {UNFOLD_ATTENTION_PARAMETERS("")};

static long scratch(const Widths& widths, long rows, long longest) {
  return 2 * roundedSize(rows * widths.width) + attentionBackwardScratch(widths, rows, longest);
}

static void forward(const BlockCall& call) {
  const long size = call.tile.rows * call.widths.width;
  Pieces saved = {call.saved}, own = {call.scratch};
  const Factor* x = rounded(size, call.x, own.rounded(size));
  attentionForward(call, x, SavedAttention(call, saved), own.at, call.out);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const long size = call.tile.rows * call.widths.width;
  Pieces saved = {call.saved}, own = {call.scratch};
  const Factor* x = rounded(size, call.x, own.rounded(size));
  const Factor* dy = rounded(size, gradients.dy, own.rounded(size));
  attentionBackward(call, gradients, x, SavedAttention(call, saved), dy, own, gradients.dx);
}

constexpr BlockKernel kernel = {
    "UnfoldMaskedAttention", BlockInput::EVENT, Length::WIDTH, Length::WIDTH, parameters,  attention::COUNT,
    attentionSavedPerRow,    scratch,           forward,       backward,      mapRounding,
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
  Pieces pieces;
  SavedAttention attention;
  Factor *branch, *gates;
  float* statistics;

  explicit Saved(const BlockCall& call)
      : pieces{call.saved},
        attention(call, pieces),
        branch(pieces.factors(call.tile.rows * call.widths.width)),
        gates(pieces.factors(call.tile.rows * gatesPerRow(call.widths))),
        statistics(pieces.floats(2 * call.tile.rows)) {}
};

static long savedPerRow(const Widths& widths) {
  return attentionSavedPerRow(widths) + wordsOf(widths.width + gatesPerRow(widths)) + 2;
}

static long scratch(const Widths& widths, long rows, long longest) {
  return rows * (3 * widths.width + gatesPerRow(widths)) + roundedSize(rows * widths.width) +
         attentionBackwardScratch(widths, rows, longest);
}

static void forward(const BlockCall& call) {
  const long size = call.tile.rows * call.widths.width;
  const Saved keep(call);
  Pieces own = {call.scratch};
  const Factor* x = rounded(size, call.x, own.rounded(size));
  Factor* normal = own.factors(size);
  normalise(partOf(call, NORM), call.x, normal, keep.statistics);
  attentionForward(partOf(call, ATTENTION), normal, keep.attention, own.at, keep.branch);
  gateForward(partOf(call, GATE), {keep.branch, x, call.x}, own.at, keep.gates, call.out);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const long size = call.tile.rows * call.widths.width;
  const Saved kept(call);
  Pieces own = {call.scratch};
  const Factor* x = rounded(size, call.x, own.rounded(size));
  Factor* normal = own.factors(size);
  Factor* dBranch = own.factors(size);
  Factor* dNormal = own.factors(size);
  Factor* dGates = own.factors(call.tile.rows * gatesPerRow(call.widths));

  gateBackward(partOf(call, GATE), partOf(gradients, GATE), {kept.branch, x, call.x}, kept.gates, gradients.dy,
               GateOutputs<Factor>{dGates, dBranch, gradients.dx});
  normaliseAgain(partOf(call, NORM), call.x, kept.statistics, normal);
  attentionBackward(partOf(call, ATTENTION), partOf(gradients, ATTENTION), normal, kept.attention, dBranch, own,
                    dNormal);
  normaliseBackward(partOf(call, NORM), partOf(gradients, NORM), call.x, kept.statistics, dNormal, gradients.dx, true);
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
    mapRounding,
};

}  // namespace gated_attention_block

/** The gated attention of the first row of each event, every other row being 0: core's plainGatedAttentionOfFirst. */
namespace first_attention_block {

using namespace gated_attention;

/** The first row of each event of `all` [rows, width], next to each other. */
template <class Number>
static void firstRows(const Tile& tile, long width, const Number* all, Number* firsts) {
  for (long e = 0; e < tile.events; e++) {
    memcpy(firsts + e * width, all + tile.eventStart[e] * width, sizeof(Number) * width);
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
  Factor *pairs, *queries, *attended, *branch, *gates;
  float* statistics;

  explicit Saved(const BlockCall& call) {
    const long size = call.tile.rows * call.widths.width;
    Pieces pieces = {call.saved};
    pairs = pieces.factors(2 * size);
    queries = pieces.factors(size);
    attended = pieces.factors(size);
    branch = pieces.factors(size);
    gates = pieces.factors(call.tile.rows * gatesPerRow(call.widths));
    statistics = pieces.floats(2 * call.tile.rows);
  }
};

static long savedPerRow(const Widths& widths) { return wordsOf(5 * widths.width + gatesPerRow(widths)) + 2; }

static long scratch(const Widths& widths, long rows, long longest) {
  return rows * (12 * widths.width + gatesPerRow(widths)) + Head::scratch(widths, longest);
}

/** The call of the gate, which has a row for each event. */
static BlockCall gateOfFirsts(const BlockCall& call) {
  BlockCall gate = partOf(call, GATE);
  gate.tile.rows = call.tile.events;
  return gate;
}

/** The first rows of x, as they are and rounded. */
static GateInputs gateInputs(const BlockCall& call, const Saved& saved, Pieces& own) {
  const long size = call.tile.events * call.widths.width;
  float* firsts = own.floats(size);
  firstRows(call.tile, call.widths.width, call.x, firsts);
  return {saved.branch, rounded(size, firsts, own.rounded(size)), firsts};
}

static void forward(const BlockCall& call) {
  const Tile& tile = call.tile;
  const long rows = tile.rows, events = tile.events, width = call.widths.width;
  const float* const* p = call.parameters + ATTENTION;
  const float *kernel = p[attention::INPUT_KERNEL], *bias = p[attention::INPUT_BIAS];
  const Saved keep(call);
  Pieces own = {call.scratch};
  Factor* normal = own.factors(rows * width);
  Factor* firsts = own.factors(events * width);
  float* out = own.floats(events * width);
  normalise(partOf(call, NORM), call.x, normal, keep.statistics);
  productOfWords({rows, 2 * width, width}, leftRows(normal, width), mapOf(kernel, 3 * width, width),
                 Result<Factor>{keep.pairs, 2 * width}, Start::BIAS, bias + width);
  firstRows(tile, width, normal, firsts);
  productOfWords({events, width, width}, leftRows(firsts, width), mapOf(kernel, 3 * width),
                 Result<Factor>{keep.queries, width}, Start::BIAS, bias);
  for (long e = 0; e < events; e++) {
    const long start = tile.eventStart[e], count = tile.eventStart[e + 1] - start;
    attend(call.widths, {keep.queries + e * width, 1, width}, {keep.pairs + 2 * start * width, count, 2 * width},
           keep.attended + e * width, own.at);
  }
  affine(events, width, width, keep.attended, p[attention::OUTPUT_KERNEL], p[attention::OUTPUT_BIAS], keep.branch);
  const GateInputs in = gateInputs(call, keep, own);
  gateForward(gateOfFirsts(call), in, own.at, keep.gates, out);
  memset(call.out, 0, sizeof(float) * rows * width);
  addToFirstRows(tile, width, out, call.out);
}

/** Where the backward half keeps what it computes. */
struct Scratch {
  Pieces rest;
  Factor *normal, *dPairs, *firsts, *dBranch, *dAttended, *dQueries, *dGates;
  float *dNormal, *dFirsts, *dOut;

  explicit Scratch(const BlockCall& call) : rest{call.scratch} {
    const long all = call.tile.rows * call.widths.width, ofFirsts = call.tile.events * call.widths.width;
    normal = rest.factors(all);
    dNormal = rest.floats(all);
    dPairs = rest.factors(2 * all);
    firsts = rest.factors(ofFirsts);
    dFirsts = rest.floats(ofFirsts);
    dOut = rest.floats(ofFirsts);
    dBranch = rest.factors(ofFirsts);
    dAttended = rest.factors(ofFirsts);
    dQueries = rest.factors(ofFirsts);
    dGates = rest.factors(call.tile.events * gatesPerRow(call.widths));
  }
};

/** Gradients through the gate: writes that of the branch, and of x the part that goes past attention. */
static void backwardOfGate(const BlockCall& call, const BlockGradients& gradients, const Saved& kept,
                           const Scratch& own) {
  const long width = call.widths.width;
  Pieces rest = own.rest;
  const GateInputs in = gateInputs(call, kept, rest);
  firstRows(call.tile, width, gradients.dy, own.dOut);
  gateBackward(gateOfFirsts(call), partOf(gradients, GATE), in, kept.gates, own.dOut,
               GateOutputs<Factor>{own.dGates, own.dBranch, own.dFirsts});
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
                   own.rest.at);
  }
}

/** Gradients of the normalised rows and of the input map. */
static void backwardOfInputMap(const BlockCall& call, const BlockGradients& gradients, const Scratch& own) {
  const long rows = call.tile.rows, events = call.tile.events, width = call.widths.width;
  const float* turned = gradients.transposed[ATTENTION + attention::INPUT_KERNEL];
  float* dMap = gradients.parameters[ATTENTION + attention::INPUT_KERNEL];
  float* dBias = gradients.parameters[ATTENTION + attention::INPUT_BIAS];
  productOfWords({rows, width, 2 * width}, leftRows(own.dPairs, 2 * width),
                 mapOf(turned + wordsOf(width) * width, width), Result<float>{own.dNormal, width}, Start::ZERO);
  addMapGradient(rows, width, 2 * width, own.normal, width, own.dPairs, 2 * width, dMap + width, 3 * width);
  addColumnSums(rows, 2 * width, own.dPairs, 2 * width, dBias + width);
  firstRows(call.tile, width, own.normal, own.firsts);
  productOfWords({events, width, width}, leftRows(own.dQueries, width), mapOf(turned, width),
                 Result<float>{own.dFirsts, width}, Start::ZERO);
  addMapGradient(events, width, width, own.firsts, width, own.dQueries, width, dMap, 3 * width);
  addColumnSums(events, width, own.dQueries, width, dBias);
  addToFirstRows(call.tile, width, own.dFirsts, own.dNormal);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const Saved kept(call);
  const Scratch own(call);
  backwardOfGate(call, gradients, kept, own);
  backwardOfAttention(call, gradients, kept, own);
  normaliseAgain(partOf(call, NORM), call.x, kept.statistics, own.normal);
  backwardOfInputMap(call, gradients, own);
  normaliseBackward(partOf(call, NORM), partOf(gradients, NORM), call.x, kept.statistics, own.dNormal, gradients.dx,
                    true);
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
    mapRounding,
};

}  // namespace first_attention_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
