// The gated residual connection: core's plainGruGate.
//
// Kernels of the branch y hold the columns n, r, z and those of the skip connection x hold r, z, n. One buffer of four
// blocks of columns, n, r, z and (of x alone) n, therefore takes both products; on the way back, the gradient of the
// first product is its first three blocks and that of the second its last three.
#pragma once
#include "block_parts.h"
#include "matrix_product_bfloat16.h"
#include "vector_math.h"

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

/** Floats a row of the buffer. */
INLINE long gatesPerRow(const Widths& widths) { return 4 * widths.width; }

/** The gate's values for one row, from the products: n, r, z, x U_n + c_n replace them. */
INLINE void gateRow(long width, const float* x, const float* skipBias, float* gates, float* out) {
  float *candidate = gates, *reset = gates + width, *update = gates + 2 * width, *recalled = gates + 3 * width;
  forEachVector(width, [&](long j, auto lanes) {
    const Vector r = sigmoid(load(reset + j, lanes) + load(skipBias + j, lanes));
    const Vector z = sigmoid(load(update + j, lanes) + load(skipBias + width + j, lanes));
    const Vector n = hyperbolicTangent(load(candidate + j, lanes) + r * load(recalled + j, lanes));
    store(candidate + j, n, lanes);
    store(reset + j, r, lanes);
    store(update + j, z, lanes);
    store(out + j, n + z * (load(x + j, lanes) - n), lanes);
  });
}

/** out = (1 - z) n + z skip, x being the branch; saves n, r, z and the candidate's part from the skip connection. */
static void gateForward(const BlockCall& call) {
  const long rows = call.tile.rows, width = call.widths.width, four = gatesPerRow(call.widths);
  const float *y = call.x, *x = call.skip;
  const float* skipBias = call.parameters[gate::SKIP_BIAS];
  const float* skipKernel = call.parameters[gate::SKIP_KERNEL];
  float *gates = call.saved, *out = call.out;
  mappedProduct({rows, 3 * width, width}, {y, width, 1}, {call.parameters[gate::INPUT_KERNEL], 3 * width},
                {gates, four}, Start::BIAS, call.parameters[gate::INPUT_BIAS]);
  mappedProduct({rows, 2 * width, width}, {x, width, 1}, {skipKernel, 3 * width}, {gates + width, four}, Start::SUM);
  mappedProduct({rows, width, width}, {x, width, 1}, {skipKernel + 2 * width, 3 * width}, {gates + 3 * width, four},
                Start::BIAS, skipBias + 2 * width);
  for (long i = 0; i < rows; i++) gateRow(width, x + i * width, skipBias, gates + i * four, out + i * width);
}

/** Gradients of the four blocks of columns for one row, and the direct part of dx. */
INLINE void gateRowBackward(long width, const float* x, const float* gates, const float* dOut, float* dGates,
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

/** Writes the gradients of the branch and of the skip connection; `scratch` is as large as `saved`. */
static void gateBackward(const BlockCall& call, const BlockGradients& gradients) {
  const long rows = call.tile.rows, width = call.widths.width, four = gatesPerRow(call.widths);
  const float *y = call.x, *x = call.skip, *gates = call.saved, *dOut = gradients.dy;
  float *dGates = call.scratch, *dy = gradients.dx, *dx = gradients.dSkip;
  for (long i = 0; i < rows; i++) {
    gateRowBackward(width, x + i * width, gates + i * four, dOut + i * width, dGates + i * four, dx + i * width);
  }
  const float* dSkipGates = dGates + width;
  float* const* sums = gradients.parameters;
  mappedProduct({rows, width, 3 * width}, {dGates, four, 1}, {gradients.transposed[gate::INPUT_KERNEL], width},
                {dy, width}, Start::ZERO);
  mappedProduct({rows, width, 3 * width}, {dSkipGates, four, 1}, {gradients.transposed[gate::SKIP_KERNEL], width},
                {dx, width}, Start::SUM);
  mappedProduct({width, 3 * width, rows}, {y, 1, width}, {dGates, four}, {sums[gate::INPUT_KERNEL], 3 * width},
                Start::SUM);
  mappedProduct({width, 3 * width, rows}, {x, 1, width}, {dSkipGates, four}, {sums[gate::SKIP_KERNEL], 3 * width},
                Start::SUM);
  addColumnSums(rows, 3 * width, dGates, four, sums[gate::INPUT_BIAS]);
  addColumnSums(rows, 3 * width, dSkipGates, four, sums[gate::SKIP_BIAS]);
}

namespace gate_block {

constexpr BlockParameter parameters[gate::COUNT] = {UNFOLD_GATE_PARAMETERS};

static long savedPerRow(const Widths& widths) { return gatesPerRow(widths); }
static long scratch(const Widths& widths, long rows, long) { return rows * gatesPerRow(widths); }

constexpr BlockKernel kernel = {
    "UnfoldGruGate", BlockInput::ROW_AND_SKIP,
    Length::WIDTH,   Length::WIDTH,
    parameters,      gate::COUNT,
    savedPerRow,     scratch,
    gateForward,     gateBackward,
};

}  // namespace gate_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
