// Layer normalisation of rows (Ba et al. 2016): core's plainLayerNorm.
#pragma once
#include "block_parts.h"

namespace unfold {
namespace UNFOLD_ISA {

namespace norm {
enum Parameter { BIAS, SCALE, COUNT };
}

/** The parameters of a normalisation in a block's table, in the order of norm::Parameter, as `part` of the block. */
#define UNFOLD_NORM_PARAMETERS(part) \
  vectorParameter(part "bias", Length::WIDTH), vectorParameter(part "scale", Length::WIDTH)

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

/** out = normal(x) scale + bias; saves two statistics a row. */
static void normalise(const BlockCall& call) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float *x = call.x, *scale = call.parameters[norm::SCALE], *bias = call.parameters[norm::BIAS];
  float *y = call.out, *statistics = call.saved;
  for (long i = 0; i < rows; i++) {
    const RowStatistics row = statisticsOf(width, call.widths.epsilon, x + i * width);
    normaliseRow(width, row, x + i * width, scale, bias, y + i * width);
    statistics[2 * i] = row.mean;
    statistics[2 * i + 1] = row.inverse;
  }
}

/** The same, from the statistics of the first time. */
static void normaliseAgain(const BlockCall& call) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float *x = call.x, *scale = call.parameters[norm::SCALE], *bias = call.parameters[norm::BIAS];
  const float* statistics = call.saved;
  float* y = call.out;
  for (long i = 0; i < rows; i++) {
    const RowStatistics row = {statistics[2 * i], statistics[2 * i + 1]};
    normaliseRow(width, row, x + i * width, scale, bias, y + i * width);
  }
}

/** Writes dx, or adds to it if `sum`; adds to the gradients of scale and bias. `dx` may be `dy`. */
static void normaliseBackward(const BlockCall& call, const BlockGradients& gradients, bool sum) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float *x = call.x, *statistics = call.saved, *dy = gradients.dy;
  const float* scale = call.parameters[norm::SCALE];
  float* dx = gradients.dx;
  float* dScale = gradients.parameters[norm::SCALE];
  float* dBias = gradients.parameters[norm::BIAS];
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

constexpr BlockParameter parameters[norm::COUNT] = {UNFOLD_NORM_PARAMETERS("")};

static long savedPerRow(const Widths&) { return 2; }
static long scratch(const Widths&, long, long) { return 0; }

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  normaliseBackward(call, gradients, false);
}

constexpr BlockKernel kernel = {
    "UnfoldLayerNorm", BlockInput::ROW, Length::WIDTH, Length::WIDTH, parameters,
    norm::COUNT,       savedPerRow,     scratch,       normalise,     backward,
};

}  // namespace norm_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
