// A rising curve from 0 to 1 through a network of tanh units, or its slope: core's plainMonotoneShare and -Slope.
#pragma once
#include "block_parts.h"
#include "vector_math.h"

namespace unfold {
namespace UNFOLD_ISA {
namespace monotone_block {

// g(t) = sum_j v_j^2 tanh(w_j^2 s + b_j) with s = 2 t - 1. The share is (g - g(0)) / (g(1) - g(0)).

enum Parameter { BIAS, INPUT_WEIGHT, OUTPUT_WEIGHT, COUNT };

constexpr BlockParameter parameters[COUNT] = {
    vectorParameter("bias", Length::INNER),
    matrixParameter("inputWeight", Length::ONE, Length::INNER),
    matrixParameter("outputWeight", Length::INNER, Length::ONE),
};

/** What the unit that lanes j belong to is, everywhere on the curve. */
struct Unit {
  Vector w, slope, bias, v, height;
};

template <class Lanes>
INLINE Unit unitAt(const float* const* parameters, long j, Lanes lanes) {
  const Vector w = load(parameters[INPUT_WEIGHT] + j, lanes);
  const Vector v = load(parameters[OUTPUT_WEIGHT] + j, lanes);
  return {w, w * w, load(parameters[BIAS] + j, lanes), v, v * v};
}

/** tanh(x), to 1e-7 of 1, and its derivative, of which nothing cancels. */
struct Tanh {
  Vector value, steep;
};

INLINE Tanh tanhOf(Vector x) {
  const Integers sign = (Integers)x & INT32_MIN;
  const Vector e = exponentialOfClamped((Vector)((Integers)(x + x) | INT32_MIN));
  const Vector r = 1.0f / (1.0f + e);
  return {(Vector)((Integers)((1.0f - e) * r) | sign), 4.0f * e * (r * r)};
}

/** g and its derivative with respect to t. */
struct Point {
  float value, slope;
};

INLINE Point curveAt(long units, const float* const* parameters, float t) {
  const float s = 2 * t - 1;
  Vector value = {}, slope = {};
  forEachVector(units, [&](long j, auto lanes) {
    const Unit unit = unitAt(parameters, j, lanes);
    const Tanh y = tanhOf(unit.slope * s + unit.bias);
    value += unit.height * y.value;
    slope += unit.height * unit.slope * y.steep;
  });
  return {sumOfLanes(value), 2 * sumOfLanes(slope)};
}

/** What the backward half wants of a row: the share and its slope, and g(1) - g(0). */
enum Saved { SHARE, SLOPE, RISE, SAVED };

/** A time and what the loss changes by with g and with its derivative there. */
enum Pull { S, BY_VALUE, BY_SLOPE, PULL };

constexpr long ENDS = 2;

static long savedPerRow(const Widths&) { return SAVED; }
static long scratch(const Widths&, long rows, long) { return (rows + ENDS) * (PULL + LANES); }

static void evaluate(const Widths& widths, long rows, const float* t, const float* const* parameters, float* saved) {
  // By the same sums as the rows': a row at an end is at 0 or 1 without rounding.
  const float start = curveAt(widths.inner, parameters, 0).value;
  const float rise = curveAt(widths.inner, parameters, 1).value - start;
  for (long i = 0; i < rows; i++, saved += SAVED) {
    const Point point = curveAt(widths.inner, parameters, t[i]);
    saved[SHARE] = (point.value - start) / rise;
    saved[SLOPE] = point.slope / rise;
    saved[RISE] = rise;
  }
}

template <Saved what>
static void forward(const BlockCall& call) {
  evaluate(call.widths, call.tile.rows, call.x, call.parameters, call.saved);
  for (long i = 0; i < call.tile.rows; i++) call.out[i] = call.saved[SAVED * i + what];
}

/** The pull at each row and, through g(0) and g(1), at both ends. */
template <Saved what>
static void pullsOf(long rows, const float* t, const float* saved, const float* dy, float* pulls) {
  float *start = pulls + PULL * rows, *end = start + PULL;
  start[S] = -1;
  end[S] = 1;
  start[BY_VALUE] = start[BY_SLOPE] = end[BY_VALUE] = end[BY_SLOPE] = 0;
  for (long i = 0; i < rows; i++, pulls += PULL, saved += SAVED) {
    const float pull = dy[i] / saved[RISE], byRise = pull * saved[what];
    pulls[S] = 2 * t[i] - 1;
    pulls[BY_VALUE] = what == SHARE ? pull : 0;
    pulls[BY_SLOPE] = what == SLOPE ? pull : 0;
    end[BY_VALUE] -= byRise;
    start[BY_VALUE] += byRise - pulls[BY_VALUE];
  }
}

template <Saved what>
static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const long rows = call.tile.rows, points = rows + ENDS;
  float *pulls = call.scratch, *byTime = pulls + points * PULL;
  pullsOf<what>(rows, call.x, call.saved, gradients.dy, pulls);
  memset(byTime, 0, sizeof(float) * points * LANES);
  forEachVector(call.widths.inner, [&](long j, auto lanes) {
    const Unit unit = unitAt(call.parameters, j, lanes);
    Vector dW = {}, dBias = {}, dV = {};
    for (long i = 0; i < points; i++) {
      const float s = pulls[PULL * i + S], byValue = pulls[PULL * i + BY_VALUE], bySlope = pulls[PULL * i + BY_SLOPE];
      const Tanh y = tanhOf(unit.slope * s + unit.bias);
      const Vector byUnit = y.steep * (byValue - 4.0f * bySlope * unit.slope * y.value);
      dV += byValue * y.value + 2.0f * bySlope * unit.slope * y.steep;
      dBias += byUnit;
      dW += s * byUnit + 2.0f * bySlope * y.steep;
      store(byTime + LANES * i, load(byTime + LANES * i) + unit.height * unit.slope * byUnit);
    }
    const auto add = [&](Parameter parameter, Vector change) {
      float* sum = gradients.parameters[parameter] + j;
      store(sum, load(sum, lanes) + change, lanes);
    };
    add(OUTPUT_WEIGHT, 2.0f * unit.v * dV);
    add(BIAS, unit.height * dBias);
    add(INPUT_WEIGHT, 2.0f * unit.w * unit.height * dW);
  });
  for (long i = 0; i < rows; i++) gradients.dx[i] = 2 * sumOfLanes(load(byTime + LANES * i));
}

/** The block of that name which gives one of the two. */
template <Saved what>
constexpr BlockKernel kernelNamed(const char* name) {
  return {name,  BlockInput::ROW, Length::ONE, Length::ONE,   parameters,
          COUNT, savedPerRow,     scratch,     forward<what>, backward<what>};
}

constexpr BlockKernel share = kernelNamed<SHARE>("UnfoldMonotoneShare");
constexpr BlockKernel slope = kernelNamed<SLOPE>("UnfoldMonotoneSlope");

}  // namespace monotone_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
