// Layer normalisation of rows (Ba et al. 2016): core's plainLayerNorm.
#pragma once
#include "../kernels.h"
#include "simd.h"

namespace unfold {
namespace UNFOLD_ISA {

/** Mean and inverse standard deviation of a row. */
struct RowStatistics {
  float mean, inverse;
};

INLINE void normaliseRow(long width, RowStatistics row, const float* x, const float* scale, const float* bias,
                         float* y) {
  forEachVector(width, [&](long j, auto lanes) {
    const Vector normal = (load(x + j, lanes) - row.mean) * row.inverse;
    store(y + j, normal * load(scale + j, lanes) + load(bias + j, lanes), lanes);
  });
}

INLINE RowStatistics statisticsOf(long width, float epsilon, const float* x) {
  Vector sum = {};
  forEachVector(width, [&](long j, auto lanes) { sum += load(x + j, lanes); });
  const float mean = sumOfLanes(sum) / width;
  Vector squares = {};
  forEachVector(width, [&](long j, auto lanes) {
    const Vector centred = loadOr(x + j, lanes, mean) - mean;
    squares += centred * centred;
  });
  return {mean, 1.0f / sqrtf(sumOfLanes(squares) / width + epsilon)};
}

/** y = normal(x) scale + bias; two statistics a row. */
static void normalise(long rows, const Widths& widths, const float* x, const float* const* parameters, float* y,
                      float* statistics) {
  const long width = widths.width;
  for (long i = 0; i < rows; i++) {
    const RowStatistics row = statisticsOf(width, widths.epsilon, x + i * width);
    normaliseRow(width, row, x + i * width, parameters[norm::SCALE], parameters[norm::BIAS], y + i * width);
    statistics[2 * i] = row.mean;
    statistics[2 * i + 1] = row.inverse;
  }
}

/** The same, from the statistics of the first time. */
static void normaliseAgain(long rows, const Widths& widths, const float* x, const float* const* parameters, float* y,
                           const float* statistics) {
  const long width = widths.width;
  for (long i = 0; i < rows; i++) {
    const RowStatistics row = {statistics[2 * i], statistics[2 * i + 1]};
    normaliseRow(width, row, x + i * width, parameters[norm::SCALE], parameters[norm::BIAS], y + i * width);
  }
}

/** Writes dx, or adds to it if `sum`; adds to the gradients of scale and bias. `dx` may be `dy`. */
static void normaliseBackward(long rows, const Widths& widths, const float* x, const float* const* parameters,
                              const float* statistics, const float* dy, float* dx, bool sum,
                              float* const* gradients) {
  const long width = widths.width;
  const float* scale = parameters[norm::SCALE];
  float* dScale = gradients[norm::SCALE];
  float* dBias = gradients[norm::BIAS];
  for (long i = 0; i < rows; i++, x += width, dy += width, dx += width) {
    const float mean = statistics[2 * i], inverse = statistics[2 * i + 1];
    Vector slopes = {}, along = {};
    forEachVector(width, [&](long j, auto lanes) {
      const Vector normal = (load(x + j, lanes) - mean) * inverse, d = load(dy + j, lanes);
      store(dScale + j, load(dScale + j, lanes) + d * normal, lanes);
      store(dBias + j, load(dBias + j, lanes) + d, lanes);
      const Vector slope = d * load(scale + j, lanes);
      slopes += slope;
      along += slope * normal;
    });
    const float meanSlope = sumOfLanes(slopes) / width, meanAlong = sumOfLanes(along) / width;
    forEachVector(width, [&](long j, auto lanes) {
      const Vector normal = (load(x + j, lanes) - mean) * inverse;
      const Vector d = inverse * (load(dy + j, lanes) * load(scale + j, lanes) - meanSlope - normal * meanAlong);
      store(dx + j, sum ? load(dx + j, lanes) + d : d, lanes);
    });
  }
}

namespace norm_block {

static long savedPerRow(const Widths&) { return 2; }
static long scratch(const Widths&, long, long) { return 0; }

static void forward(const Widths& widths, const Tile& tile, const float* x, const float*,
                    const float* const* parameters, float* out, float* saved, float*) {
  normalise(tile.rows, widths, x, parameters, out, saved);
}

static void backward(const Widths& widths, const Tile& tile, const float* x, const float*,
                     const float* const* parameters, const float* const*, const float* saved, const float* dy,
                     float* dx, float*, float* const* gradients, float*) {
  normaliseBackward(tile.rows, widths, x, parameters, saved, dy, dx, false, gradients);
}

constexpr BlockKernel kernel = {savedPerRow, scratch, forward, backward};

}  // namespace norm_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
