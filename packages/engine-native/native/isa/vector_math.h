// Elementary functions of vectors. Each passes NaN on. Errors are the largest found against float64.
#pragma once
#include "simd.h"

namespace unfold {
namespace UNFOLD_ISA {

constexpr float LOG2_E = 1.44269504088896341f;
// ln 2 in two parts, the first with so few bits that its product with a whole number is exact (Cody and Waite 1980).
constexpr float LN2_HIGH = 0.693359375f;
constexpr float LN2_LOW = -2.12194440e-4f;
/** Adding 1.5 * 2^23 leaves a float's whole part in its low bits. */
constexpr float ROUND_TO_WHOLE = 12582912.0f;

/** 1 / x for x between 1 and about 2^126; relative error 1e-7. */
INLINE Vector fastReciprocal(Vector x) {
#if UNFOLD_LANES > 4
  const Vector guess = reciprocalGuess(x);
  return guess * (2.0f - x * guess);
#else
  return 1.0f / x;
#endif
}

/** exp(x) for x clamped to [-87, 88]; relative error 1e-7. Polynomial of Cephes' expf (Moshier). */
INLINE Vector exponentialOfClamped(Vector x) {
  x = minimum(broadcast(88.0f), maximum(broadcast(-87.0f), x));
  const Vector shifted = x * LOG2_E + ROUND_TO_WHOLE;
  const Vector whole = shifted - ROUND_TO_WHOLE;
  const Vector r = (x - whole * LN2_HIGH) - whole * LN2_LOW;
  Vector p = broadcast(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const Vector mantissa = p * (r * r) + r + 1.0f;
  return (Vector)((Integers)mantissa + ((Integers)shifted << 23));
}

/** exp(x), with 0 below -87 and infinity above 88.7. */
INLINE Vector exponential(Vector x) {
  // From 88 up to the largest float: exp(88) exp(x - 88).
  const Vector beyond = exponentialOfClamped(x - 88.0f) * 1.6516362549940018e38f;
  Vector y = select(x > 88.0f, beyond, exponentialOfClamped(x));
  y = select(x > 88.722839f, broadcast(INFINITY), y);
  return select(x < -87.0f, Vector{}, y);
}

/** 1 / (1 + exp(-x)); relative error 2e-7. */
INLINE Vector sigmoid(Vector x) { return fastReciprocal(1.0f + exponentialOfClamped(-x)); }

/** tanh(x); relative error 7e-7. A series near 0, where the quotient would cancel. */
INLINE Vector hyperbolicTangent(Vector x) {
  const Vector quotient = 1.0f - 2.0f * fastReciprocal(exponentialOfClamped(x + x) + 1.0f);
  const Vector s = x * x;
  Vector p = broadcast(62.0f / 2835.0f);
  p = p * s - 17.0f / 315.0f;
  p = p * s + 2.0f / 15.0f;
  p = p * s - 1.0f / 3.0f;
  return select(s < 0.0625f, x + x * s * p, quotient);
}

/** exp(|x|) / 2 and exp(-|x|) / 2, each without overflow where the result has none; relative error 4e-7. */
struct Halves {
  Vector rising, falling;
};

INLINE Halves halvesOfExponential(Vector x) {
  const Vector root = exponential(0.5f * (Vector)((Integers)x & 0x7fffffff));
  return {0.5f * root * root, 0.5f / root / root};
}

/** cosh(x); relative error 4e-7. */
INLINE Vector hyperbolicCosine(Vector x) {
  const Halves halves = halvesOfExponential(x);
  return halves.rising + halves.falling;
}

/** sinh(x); relative error 5e-7. A series near 0, where the difference would cancel. */
INLINE Vector hyperbolicSine(Vector x) {
  const Halves halves = halvesOfExponential(x);
  const Vector size = halves.rising - halves.falling;
  const Vector s = x * x;
  Vector p = broadcast(1.0f / 362880.0f);
  p = p * s + 1.0f / 5040.0f;
  p = p * s + 1.0f / 120.0f;
  p = p * s + 1.0f / 6.0f;
  return select(s < 1.0f, x + x * s * p, (Vector)((Integers)size | ((Integers)x & (int32_t)0x80000000)));
}

/** The normal distribution function and its density. */
struct Normal {
  Vector cumulative, density;
};

/** Absolute error of the distribution function 2e-7: Abramowitz and Stegun 7.1.26, with x / sqrt(2) worked in. */
INLINE Normal normal(Vector x) {
  const Vector size = (Vector)((Integers)x & 0x7fffffff);
  const Vector e = exponentialOfClamped(-0.5f * x * x);
  const Vector t = fastReciprocal(1.0f + 0.2316419f * size);
  Vector p = broadcast(0.5f * 1.061405429f);
  p = p * t - 0.5f * 1.453152027f;
  p = p * t + 0.5f * 1.421413741f;
  p = p * t - 0.5f * 0.284496736f;
  p = p * t + 0.5f * 0.254829592f;
  const Vector tail = p * t * e;
  return {select(x > 0.0f, 1.0f - tail, tail), 0.3989422804014327f * e};
}

/** erf(x); absolute error 3e-7, with a series near 0 to keep the relative error small. */
INLINE Vector errorFunction(Vector x) {
  const Vector s = x * x;
  Vector p = broadcast(1.0f / 1320.0f * -1.0f);
  p = p * s + 1.0f / 216.0f;
  p = p * s - 1.0f / 42.0f;
  p = p * s + 1.0f / 10.0f;
  p = p * s - 1.0f / 3.0f;
  const Vector series = 1.1283791670955126f * (x + x * s * p);
  return select(s < 0.16f, series, 2.0f * normal(x * 1.4142135623730951f).cumulative - 1.0f);
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
