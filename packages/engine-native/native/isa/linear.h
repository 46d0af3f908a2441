// A linear map with an optional bias and GELU: core's plainLinear.
#pragma once
#include "activations.h"
#include "block_parts.h"
#include "matrix_product_bfloat16.h"

namespace unfold {
namespace UNFOLD_ISA {

/** y [rows, outputs] = x [rows, inputs] map + bias; `map` as the driver prepares it, `bias` may be null. */
template <class Number>
INLINE void affine(long rows, long inputs, long outputs, const Factor* x, const float* map, const float* bias,
                   Number* y) {
  productOfWords({rows, outputs, inputs}, leftRows(x, inputs), mapOf(map, outputs), Result<Number>{y, outputs},
                 bias ? Start::BIAS : Start::ZERO, bias);
}

/** dx = dy map^T; `transposed` is the map, transposed and prepared. */
template <class Number>
INLINE void affineInputGradient(long rows, long inputs, long outputs, const Factor* dy, const float* transposed,
                                Number* dx, Start start = Start::ZERO) {
  productOfWords({rows, inputs, outputs}, leftRows(dy, outputs), mapOf(transposed, inputs), Result<Number>{dx, inputs},
                 start);
}

/** dMap += x^T dy, dBias += the column sums of dy; `dBias` may be null. */
INLINE void affineParameterGradients(long rows, long inputs, long outputs, const Factor* x, const Factor* dy,
                                     float* dMap, float* dBias) {
  addMapGradient(rows, inputs, outputs, x, inputs, dy, outputs, dMap, outputs);
  if (dBias) addColumnSums(rows, outputs, dy, outputs, dBias);
}

template <class Number>
static void gelu(long count, const Number* x, Number* y) {
  forEachVector(count, [&](long i, auto lanes) {
    const Vector v = load(x + i, lanes);
    store(y + i, v * normalFor(x, v).cumulative, lanes);
  });
}

/** Multiplies dy by the slope of GELU at x. */
static void geluBackward(long count, const float* x, const float* dy, float* dx) {
  forEachVector(count, [&](long i, auto lanes) {
    const Vector v = load(x + i, lanes);
    const Normal n = normal(v);
    store(dx + i, load(dy + i, lanes) * (n.cumulative + v * n.density), lanes);
  });
}

/** Both at once: the exponential is shared. `dx` may be `dy`. */
static void geluAndBackward(long count, const Factor* x, const Factor* dy, Factor* y, Factor* dx) {
  forEachVector(count, [&](long i, auto lanes) {
    const Vector v = load(x + i, lanes);
    const Normal n = normalFor(x, v);
    store(y + i, v * n.cumulative, lanes);
    store(dx + i, load(dy + i, lanes) * (n.cumulative + v * n.density), lanes);
  });
}

// Linear maps stand where physical numbers come in and go out: they are computed in float32 whatever the precision.
namespace linear_block {

enum Parameter { BIAS, KERNEL, COUNT };

constexpr BlockParameter parameters[COUNT] = {
    {"bias", Length::NONE, Length::INNER, true},
    matrixParameter("kernel", Length::WIDTH, Length::INNER),
};

// What GELU is taken of.
static long savedPerRow(const Widths& widths) { return widths.gelu ? widths.inner : 0; }
static long scratch(const Widths& widths, long rows, long) { return widths.gelu ? rows * widths.inner : 0; }

static void forward(const BlockCall& call) {
  const Widths& widths = call.widths;
  float* mapped = widths.gelu ? call.saved : call.out;
  const float* bias = call.parameters[BIAS];
  product({call.tile.rows, widths.inner, widths.width}, {call.x, widths.width, 1},
          {call.parameters[KERNEL], widths.inner}, {mapped, widths.inner}, bias ? Start::BIAS : Start::ZERO, bias);
  if (widths.gelu) gelu(call.tile.rows * widths.inner, mapped, call.out);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const Widths& widths = call.widths;
  const long rows = call.tile.rows;
  const float* dMapped = gradients.dy;
  if (widths.gelu) {
    geluBackward(rows * widths.inner, call.saved, gradients.dy, call.scratch);
    dMapped = call.scratch;
  }
  product({rows, widths.width, widths.inner}, {dMapped, widths.inner, 1}, {gradients.transposed[KERNEL], widths.width},
          {gradients.dx, widths.width}, Start::ZERO);
  product({widths.width, widths.inner, rows}, {call.x, 1, widths.width}, {dMapped, widths.inner},
          {gradients.parameters[KERNEL], widths.inner}, Start::SUM);
  float* dBias = gradients.parameters[BIAS];
  if (dBias) addColumnSums(rows, widths.inner, dMapped, widths.inner, dBias);
}

constexpr BlockKernel kernel = {
    "UnfoldLinear", BlockInput::ROW, Length::WIDTH, Length::INNER, parameters,
    COUNT,          savedPerRow,     scratch,       forward,       backward,
};

}  // namespace linear_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
