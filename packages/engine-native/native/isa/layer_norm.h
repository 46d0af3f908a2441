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

template <class From, class To>
INLINE void normaliseRow(long width, RowStatistics row, const From* x, const float* scale, const float* bias, To* y) {
  forEachVector(width, [&](long j, auto lanes) {
    const Vector normal = (load(x + j, lanes) - row.mean) * row.inverse;
    store(y + j, normal * load(scale + j, lanes) + load(bias + j, lanes), lanes);
  });
}

template <class Number>
INLINE RowStatistics statisticsOf(long width, float epsilon, const Number* x) {
  Vector sum = {};
  forEachVector(width, [&](long j, auto lanes) { sum += load(x + j, lanes); });
  const float mean = sumOfLanes(sum) / width;
  Vector squares = {};
  forEachVector(width, [&](long j, auto lanes) {
    const Vector centred = filled(load(x + j, lanes), lanes, mean) - mean;
    squares += centred * centred;
  });
  return {mean, 1.0f / sqrtf(sumOfLanes(squares) / width + epsilon)};
}

/** y = normal(x) scale + bias; writes two statistics a row. */
template <class From, class To>
static void normalise(const BlockCall& call, const From* x, To* y, float* statistics) {
  const long width = call.widths.width;
  const float *scale = call.parameters[norm::SCALE], *bias = call.parameters[norm::BIAS];
  for (long i = 0; i < call.tile.rows; i++) {
    const RowStatistics row = statisticsOf(width, call.widths.epsilon, x + i * width);
    normaliseRow(width, row, x + i * width, scale, bias, y + i * width);
    statistics[2 * i] = row.mean;
    statistics[2 * i + 1] = row.inverse;
  }
}

/** The same, from the statistics of the first time. */
template <class From, class To>
static void normaliseAgain(const BlockCall& call, const From* x, const float* statistics, To* y) {
  const long width = call.widths.width;
  const float *scale = call.parameters[norm::SCALE], *bias = call.parameters[norm::BIAS];
  for (long i = 0; i < call.tile.rows; i++) {
    const RowStatistics row = {statistics[2 * i], statistics[2 * i + 1]};
    normaliseRow(width, row, x + i * width, scale, bias, y + i * width);
  }
}

/** Writes dx, or adds to it if `sum`; adds to the gradients of scale and bias. `dx` may be `dy`. */
template <class X, class Dy, class Dx>
static void normaliseBackward(const BlockCall& call, const BlockGradients& gradients, const X* x,
                              const float* statistics, const Dy* dy, Dx* dx, bool sum) {
  const long rows = call.tile.rows, width = call.widths.width;
  const float* scale = call.parameters[norm::SCALE];
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

static void forward(const BlockCall& call) { normalise(call, call.x, call.out, call.saved); }

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  normaliseBackward(call, gradients, call.x, call.saved, gradients.dy, gradients.dx, false);
}

constexpr BlockKernel kernel = {
    "UnfoldLayerNorm", BlockInput::ROW, Length::WIDTH, Length::WIDTH, parameters,
    norm::COUNT,       savedPerRow,     scratch,       forward,       backward,
};

}  // namespace norm_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
