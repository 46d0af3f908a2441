// Elementary functions within blocks, as exact as the factors that they make: beside 8 bits an error of 1e-4 is none.
#pragma once
#include "factors.h"
#include "vector_math.h"

namespace unfold {
namespace UNFOLD_ISA {

INLINE Normal normalFor(const float*, Vector x) { return normal(x); }

#if defined(UNFOLD_BFLOAT16)

/** 1 / x; relative error 6e-5. */
INLINE Vector reciprocalInBlock(Vector x) { return reciprocalGuess(x); }

/** exp(x) for x clamped to [-87, 88]; relative error 1e-5. 2^r by the polynomial whose largest error is smallest. */
INLINE Vector exponentialInBlock(Vector x) {
  x = minimum(broadcast(88.0f), maximum(broadcast(-87.0f), x));
  const Vector shifted = x * LOG2_E + ROUND_TO_WHOLE;
  const Vector r = x * LOG2_E - (shifted - ROUND_TO_WHOLE);
  Vector p = broadcast(9.5701013e-3f);
  p = p * r + 5.5917863e-2f;
  p = p * r + 2.4024744e-1f;
  p = p * r + 6.9312179e-1f;
  p = p * r + 9.9999928e-1f;
  return (Vector)((Integers)p + ((Integers)shifted << 23));
}

INLINE Vector sigmoidInBlock(Vector x) { return reciprocalInBlock(1.0f + exponentialInBlock(-x)); }

/** tanh(x); absolute error 1.3e-4. */
INLINE Vector tanhInBlock(Vector x) { return 1.0f - 2.0f * reciprocalInBlock(exponentialInBlock(x + x) + 1.0f); }

/** Absolute error of the distribution function 4e-5: Abramowitz and Stegun 7.1.25, with x / sqrt(2) worked in. */
INLINE Normal normalFor(const Factor*, Vector x) {
  const Vector size = (Vector)((Integers)x & 0x7fffffff);
  const Vector e = exponentialInBlock(-0.5f * x * x);
  const Vector t = reciprocalInBlock(1.0f + 0.33267253f * size);
  Vector p = broadcast(0.5f * 0.7478556f);
  p = p * t - 0.5f * 0.0958798f;
  p = p * t + 0.5f * 0.3480242f;
  const Vector tail = p * t * e;
  return {select(x > 0.0f, 1.0f - tail, tail), 0.3989422804014327f * e};
}

#else

INLINE Vector exponentialInBlock(Vector x) { return exponentialOfClamped(x); }
INLINE Vector sigmoidInBlock(Vector x) { return sigmoid(x); }
INLINE Vector tanhInBlock(Vector x) { return hyperbolicTangent(x); }

#endif

}  // namespace UNFOLD_ISA
}  // namespace unfold
