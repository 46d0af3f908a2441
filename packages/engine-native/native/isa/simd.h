// Vectors of float32 through the compiler's vector extensions. Included once per instruction set, in a namespace of its
// own (UNFOLD_ISA), so that no function compiled for one instruction set can be linked in place of another's.
// Nothing of the C++ library may be used below this folder: its templates would be compiled for this instruction set
// and then, having the same name everywhere, be run on processors that lack it.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#if UNFOLD_LANES > 4
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

namespace unfold {
namespace UNFOLD_ISA {

/** Floats in a vector. */
constexpr long LANES = UNFOLD_LANES;

typedef float Vector __attribute__((vector_size(UNFOLD_LANES * 4)));
typedef int32_t Integers __attribute__((vector_size(UNFOLD_LANES * 4)));

INLINE Vector broadcast(float x) { return x - Vector{}; }
INLINE Vector select(Integers mask, Vector yes, Vector no) {
  return (Vector)((mask & (Integers)yes) | (~mask & (Integers)no));
}

/** All lanes of a vector, as an argument of load and store. */
struct Full {};
/** The first `count` lanes; loads put 0 into the others. */
struct Part {
  long count;
};

INLINE Vector load(const float* from, Full = {}) {
  Vector v;
  memcpy(&v, from, sizeof v);
  return v;
}
INLINE void store(float* to, Vector v, Full = {}) { memcpy(to, &v, sizeof v); }

#if UNFOLD_LANES == 16
INLINE __mmask16 lanesOf(Part part) { return (__mmask16)((1u << part.count) - 1); }
INLINE Vector load(const float* from, Part part) { return (Vector)_mm512_maskz_loadu_ps(lanesOf(part), from); }
INLINE void store(float* to, Vector v, Part part) { _mm512_mask_storeu_ps(to, lanesOf(part), (__m512)v); }
// As x86 has them, these return the second argument if either is NaN.
INLINE Vector maximum(Vector bound, Vector x) { return (Vector)_mm512_max_ps((__m512)bound, (__m512)x); }
INLINE Vector minimum(Vector bound, Vector x) { return (Vector)_mm512_min_ps((__m512)bound, (__m512)x); }
INLINE Vector squareRoot(Vector x) { return (Vector)_mm512_sqrt_ps((__m512)x); }
INLINE Vector reciprocalGuess(Vector x) { return (Vector)_mm512_rcp14_ps((__m512)x); }
#elif UNFOLD_LANES == 8
INLINE __m256i lanesOf(Part part) {
  const Integers lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return (__m256i)(lane < (int32_t)part.count);
}
INLINE Vector load(const float* from, Part part) { return (Vector)_mm256_maskload_ps(from, lanesOf(part)); }
INLINE void store(float* to, Vector v, Part part) { _mm256_maskstore_ps(to, lanesOf(part), (__m256)v); }
INLINE Vector maximum(Vector bound, Vector x) { return (Vector)_mm256_max_ps((__m256)bound, (__m256)x); }
INLINE Vector minimum(Vector bound, Vector x) { return (Vector)_mm256_min_ps((__m256)bound, (__m256)x); }
INLINE Vector squareRoot(Vector x) { return (Vector)_mm256_sqrt_ps((__m256)x); }
INLINE Vector reciprocalGuess(Vector x) { return (Vector)_mm256_rcp_ps((__m256)x); }
#else
INLINE Vector load(const float* from, Part part) {
  Vector v = {};
  for (long i = 0; i < part.count; i++) v[i] = from[i];
  return v;
}
INLINE void store(float* to, Vector v, Part part) {
  for (long i = 0; i < part.count; i++) to[i] = v[i];
}
INLINE Vector maximum(Vector bound, Vector x) { return select(bound > x, bound, x); }
INLINE Vector minimum(Vector bound, Vector x) { return select(bound < x, bound, x); }
INLINE Vector squareRoot(Vector x) {
  for (long i = 0; i < LANES; i++) x[i] = sqrtf(x[i]);
  return x;
}
#endif

/** What `load` has read, with `other` in the lanes that there is no number for. */
INLINE Vector filled(Vector read, Full, float) { return read; }
INLINE Vector filled(Vector read, Part part, float other) {
  Integers lane;
  for (int i = 0; i < LANES; i++) lane[i] = i;
  return select(lane < (int32_t)part.count, read, broadcast(other));
}

INLINE float maximumOfLanes(Vector v) {
#if UNFOLD_LANES == 16
  return _mm512_reduce_max_ps((__m512)v);
#else
  float top = v[0];
  for (long i = 1; i < LANES; i++) top = v[i] > top ? v[i] : top;
  return top;
#endif
}

INLINE float sumOfLanes(Vector v) {
#if UNFOLD_LANES == 16
  return _mm512_reduce_add_ps((__m512)v);
#else
  float sum = 0;
  for (long i = 0; i < LANES; i++) sum += v[i];
  return sum;
#endif
}

/** body(j, lanes) for each vector of `count` floats; `lanes` is a Part for what is left at the end. */
template <class Body>
INLINE void forEachVector(long count, Body body) {
  long j = 0;
  for (; j + LANES <= count; j += LANES) body(j, Full{});
  if (j < count) body(j, Part{count - j});
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
