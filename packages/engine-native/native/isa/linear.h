// A linear map with an optional bias and GELU: core's plainLinear.
#pragma once
#include "block_parts.h"
#include "matrix_product_bfloat16.h"
#include "vector_math.h"

namespace unfold {
namespace UNFOLD_ISA {

/** A function that multiplies matrices, as `product` does. */
typedef void (*Product)(const ProductSizes&, LeftFactor, RightFactor, ProductResult, Start, const float* bias);

/** y [rows, outputs] = x [rows, inputs] kernel + bias; `bias` may be null. */
template <Product MULTIPLY = mappedProduct>
INLINE void affine(long rows, long inputs, long outputs, const float* x, const float* kernel, const float* bias,
                   float* y) {
  MULTIPLY({rows, outputs, inputs}, {x, inputs, 1}, {kernel, outputs}, {y, outputs}, bias ? Start::BIAS : Start::ZERO,
           bias);
}

/** dx = dy kernel^T; `transposed` is the kernel, transposed. */
template <Product MULTIPLY = mappedProduct>
INLINE void affineInputGradient(long rows, long inputs, long outputs, const float* dy, const float* transposed,
                                float* dx, Start start = Start::ZERO) {
  MULTIPLY({rows, inputs, outputs}, {dy, outputs, 1}, {transposed, inputs}, {dx, inputs}, start, nullptr);
}

/** dKernel += x^T dy, dBias += the column sums of dy; `dBias` may be null. */
template <Product MULTIPLY = mappedProduct>
INLINE void affineParameterGradients(long rows, long inputs, long outputs, const float* x, const float* dy,
                                     float* dKernel, float* dBias) {
  MULTIPLY({inputs, outputs, rows}, {x, 1, inputs}, {dy, outputs}, {dKernel, outputs}, Start::SUM, nullptr);
  if (dBias) addColumnSums(rows, outputs, dy, outputs, dBias);
}

static void gelu(long count, const float* x, float* y) {
  forEachVector(count, [&](long i, auto lanes) {
    const Vector v = load(x + i, lanes);
    store(y + i, v * normal(v).cumulative, lanes);
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
static void geluAndBackward(long count, const float* x, const float* dy, float* y, float* dx) {
  forEachVector(count, [&](long i, auto lanes) {
    const Vector v = load(x + i, lanes);
    const Normal n = normal(v);
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
  affine<product>(call.tile.rows, widths.width, widths.inner, call.x, call.parameters[KERNEL], call.parameters[BIAS],
                  mapped);
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
  affineInputGradient<product>(rows, widths.width, widths.inner, dMapped, gradients.transposed[KERNEL], gradients.dx);
  affineParameterGradients<product>(rows, widths.width, widths.inner, call.x, dMapped, gradients.parameters[KERNEL],
                                    gradients.parameters[BIAS]);
}

constexpr BlockKernel kernel = {
    "UnfoldLinear", BlockInput::ROW, Length::WIDTH, Length::INNER, parameters,
    COUNT,          savedPerRow,     scratch,       forward,       backward,
};

}  // namespace linear_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
