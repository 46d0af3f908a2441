// A linear map with an optional bias and GELU: core's plainLinear.
#pragma once
#include "../kernels.h"
#include "matrix_product.h"
#include "vector_math.h"

namespace unfold {
namespace UNFOLD_ISA {

/** y [rows, outputs] = x [rows, inputs] kernel + bias; `bias` may be null. */
INLINE void affine(long rows, long inputs, long outputs, const float* x, const float* kernel, const float* bias,
                   float* y) {
  product(rows, outputs, inputs, {x, inputs, 1}, {kernel, outputs}, {y, outputs}, bias ? Start::BIAS : Start::ZERO,
          bias);
}

/** dx = dy kernel^T; `transposed` is the kernel, transposed. */
INLINE void affineInputGradient(long rows, long inputs, long outputs, const float* dy, const float* transposed,
                                float* dx, Start start = Start::ZERO) {
  product(rows, inputs, outputs, {dy, outputs, 1}, {transposed, inputs}, {dx, inputs}, start);
}

/** dKernel += x^T dy, dBias += the column sums of dy; `dBias` may be null. */
INLINE void affineParameterGradients(long rows, long inputs, long outputs, const float* x, const float* dy,
                                     float* dKernel, float* dBias) {
  product(inputs, outputs, rows, {x, 1, inputs}, {dy, outputs}, {dKernel, outputs}, Start::SUM);
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

namespace linear_block {

// What GELU is taken of.
static long savedPerRow(const Widths& widths) { return widths.gelu ? widths.inner : 0; }
static long scratch(const Widths& widths, long rows, long) { return widths.gelu ? rows * widths.inner : 0; }

static void forward(const Widths& widths, const Tile& tile, const float* x, const float*,
                    const float* const* parameters, float* out, float* saved, float*) {
  float* mapped = widths.gelu ? saved : out;
  affine(tile.rows, widths.width, widths.inner, x, parameters[linear::KERNEL], parameters[linear::BIAS], mapped);
  if (widths.gelu) gelu(tile.rows * widths.inner, mapped, out);
}

static void backward(const Widths& widths, const Tile& tile, const float* x, const float*,
                     const float* const*, const float* const* transposed, const float* saved, const float* dy,
                     float* dx, float*, float* const* gradients, float* scratch) {
  const float* dMapped = dy;
  if (widths.gelu) {
    geluBackward(tile.rows * widths.inner, saved, dy, scratch);
    dMapped = scratch;
  }
  affineInputGradient(tile.rows, widths.width, widths.inner, dMapped, transposed[linear::KERNEL], dx);
  affineParameterGradients(tile.rows, widths.width, widths.inner, x, dMapped, gradients[linear::KERNEL],
                           gradients[linear::BIAS]);
}

constexpr BlockKernel kernel = {savedPerRow, scratch, forward, backward};

}  // namespace linear_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
