// The gated residual connection: core's plainGruGate.
//
// Kernels of the branch y hold the columns n, r, z and those of the skip connection x hold r, z, n. One buffer of four
// blocks of columns, n, r, z and (of x alone) n, therefore takes both products; on the way back, the gradient of the
// first product is its first three blocks and that of the second its last three.
#pragma once
#include "activations.h"
#include "block_parts.h"
#include "matrix_product_bfloat16.h"

namespace unfold {
namespace UNFOLD_ISA {

namespace gate {
enum Parameter { INPUT_BIAS, INPUT_KERNEL, SKIP_BIAS, SKIP_KERNEL, COUNT };
}

/** The parameters of a gate in a block's table, in the order of gate::Parameter. */
#define UNFOLD_GATE_PARAMETERS                                                  \
  vectorParameter("gate.inputBias", Length::THREE_WIDTHS),                      \
      matrixParameter("gate.inputKernel", Length::WIDTH, Length::THREE_WIDTHS), \
      vectorParameter("gate.skipBias", Length::THREE_WIDTHS),                   \
      matrixParameter("gate.skipKernel", Length::WIDTH, Length::THREE_WIDTHS)

/** Columns of the buffer. */
INLINE long gatesPerRow(const Widths& widths) { return 4 * widths.width; }

/** The branch y and the skip connection x as factors, and x itself. */
struct GateInputs {
  const Factor *y, *xRounded;
  const float* x;
};

/** The gate's values for one row, from the products: `kept` becomes n, r, z, x U_n + c_n, and may be `products`. */
INLINE void gateRow(long width, const float* x, const float* skipBias, const float* products, Factor* kept,
                    float* out) {
  forEachVector(width, [&](long j, auto lanes) {
    const Vector r = sigmoidInBlock(load(products + width + j, lanes) + load(skipBias + j, lanes));
    const Vector z = sigmoidInBlock(load(products + 2 * width + j, lanes) + load(skipBias + width + j, lanes));
    const Vector recalled = load(products + 3 * width + j, lanes);
    const Vector n = tanhInBlock(load(products + j, lanes) + r * recalled);
    store(kept + j, n, lanes);
    store(kept + width + j, r, lanes);
    store(kept + 2 * width + j, z, lanes);
    store(kept + 3 * width + j, recalled, lanes);
    store(out + j, n + z * (load(x + j, lanes) - n), lanes);
  });
}

/** Floats of `gateForward`'s products, which have no memory of their own where factors are not rounded. */
INLINE long gateScratch(const Widths& widths, long rows) { return IS_ROUNDED ? rows * gatesPerRow(widths) : 0; }

/** out = (1 - z) n + z x; keeps n, r, z and the candidate's part from the skip connection. */
static void gateForward(const BlockCall& call, const GateInputs& in, float* scratch, Factor* kept, float* out) {
  const long rows = call.tile.rows, width = call.widths.width, four = gatesPerRow(call.widths);
  const float* skipBias = call.parameters[gate::SKIP_BIAS];
  const float* skipKernel = call.parameters[gate::SKIP_KERNEL];
  float* products = IS_ROUNDED ? scratch : (float*)kept;
  const LeftWords y = leftRows(in.y, width), x = leftRows(in.xRounded, width);
  productOfWords({rows, 3 * width, width}, y, mapOf(call.parameters[gate::INPUT_KERNEL], 3 * width),
                 Result<float>{products, four}, Start::BIAS, call.parameters[gate::INPUT_BIAS]);
  productOfWords({rows, 2 * width, width}, x, mapOf(skipKernel, 3 * width), Result<float>{products + width, four},
                 Start::SUM);
  productOfWords({rows, width, width}, x, mapOf(skipKernel, 3 * width, 2 * width),
                 Result<float>{products + 3 * width, four}, Start::BIAS, skipBias + 2 * width);
  for (long i = 0; i < rows; i++) {
    gateRow(width, in.x + i * width, skipBias, products + i * four, kept + i * four, out + i * width);
  }
}

/** Gradients of the four blocks of columns for one row, and the direct part of dx. */
INLINE void gateRowBackward(long width, const float* x, const Factor* gates, const float* dOut, Factor* dGates,
                            float* dx) {
  forEachVector(width, [&](long j, auto lanes) {
    const Vector n = load(gates + j, lanes), r = load(gates + width + j, lanes);
    const Vector z = load(gates + 2 * width + j, lanes), recalled = load(gates + 3 * width + j, lanes);
    const Vector d = load(dOut + j, lanes);
    const Vector dCandidate = d * (1.0f - z) * (1.0f - n * n);
    store(dGates + j, dCandidate, lanes);
    store(dGates + width + j, dCandidate * recalled * r * (1.0f - r), lanes);
    store(dGates + 2 * width + j, d * (load(x + j, lanes) - n) * z * (1.0f - z), lanes);
    store(dGates + 3 * width + j, dCandidate * r, lanes);
    store(dx + j, d * z, lanes);
  });
}

/** Where the gradients of a gate go. `dGates` is as large as what the forward half keeps. */
template <class Number>
struct GateOutputs {
  Factor* dGates;
  Number* dy;
  float* dx;
};

/** Writes the gradients of the branch and of the skip connection. */
template <class Number>
static void gateBackward(const BlockCall& call, const BlockGradients& gradients, const GateInputs& in,
                         const Factor* kept, const float* dOut, const GateOutputs<Number>& to) {
  const long rows = call.tile.rows, width = call.widths.width, four = gatesPerRow(call.widths);
  for (long i = 0; i < rows; i++) {
    gateRowBackward(width, in.x + i * width, kept + i * four, dOut + i * width, to.dGates + i * four,
                    to.dx + i * width);
  }
  const Factor* dSkipGates = to.dGates + width;
  float* const* sums = gradients.parameters;
  productOfWords({rows, width, 3 * width}, leftRows(to.dGates, four),
                 mapOf(gradients.transposed[gate::INPUT_KERNEL], width), Result<Number>{to.dy, width}, Start::ZERO);
  productOfWords({rows, width, 3 * width}, leftRows(dSkipGates, four),
                 mapOf(gradients.transposed[gate::SKIP_KERNEL], width), Result<float>{to.dx, width}, Start::SUM);
  addMapGradient(rows, width, 3 * width, in.y, width, to.dGates, four, sums[gate::INPUT_KERNEL], 3 * width);
  addMapGradient(rows, width, 3 * width, in.xRounded, width, dSkipGates, four, sums[gate::SKIP_KERNEL], 3 * width);
  addColumnSums(rows, 3 * width, to.dGates, four, sums[gate::INPUT_BIAS]);
  addColumnSums(rows, 3 * width, dSkipGates, four, sums[gate::SKIP_BIAS]);
}

namespace gate_block {

constexpr BlockParameter parameters[gate::COUNT] = {UNFOLD_GATE_PARAMETERS};

static long savedPerRow(const Widths& widths) { return wordsOf(gatesPerRow(widths)); }
static long scratch(const Widths& widths, long rows, long) {
  return 2 * roundedSize(rows * widths.width) + rows * gatesPerRow(widths);
}

static GateInputs inputsOf(const BlockCall& call, Pieces& own) {
  const long size = call.tile.rows * call.widths.width;
  return {rounded(size, call.x, own.rounded(size)), rounded(size, call.skip, own.rounded(size)), call.skip};
}

static void forward(const BlockCall& call) {
  Pieces own = {call.scratch};
  const GateInputs in = inputsOf(call, own);
  gateForward(call, in, own.at, (Factor*)call.saved, call.out);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  Pieces own = {call.scratch};
  const GateInputs in = inputsOf(call, own);
  gateBackward(call, gradients, in, (const Factor*)call.saved, gradients.dy,
               GateOutputs<float>{(Factor*)own.at, gradients.dx, gradients.dSkip});
}

constexpr BlockKernel kernel = {
    "UnfoldGruGate", BlockInput::ROW_AND_SKIP,
    Length::WIDTH,   Length::WIDTH,
    parameters,      gate::COUNT,
    savedPerRow,     scratch,
    forward,         backward,
    mapRounding,
};

}  // namespace gate_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
