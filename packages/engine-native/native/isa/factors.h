// What is multiplied within a block: numbers as float32, or as bfloat16, of which a word of four bytes holds two that
// the inner dimension of the product has one after the other.
#pragma once
#include "matrix_product.h"

namespace unfold {
namespace UNFOLD_ISA {

#if defined(UNFOLD_BFLOAT16)

/** The upper half of a float32. */
typedef uint16_t Factor;
typedef uint32_t Word;

INLINE Vector fromHalves(__m256i halves) { return (Vector)_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16); }
INLINE Vector load(const Factor* from, Full = {}) { return fromHalves(_mm256_loadu_si256((const __m256i*)from)); }
INLINE Vector load(const Factor* from, Part part) { return fromHalves(_mm256_maskz_loadu_epi16(lanesOf(part), from)); }
INLINE void store(Factor* to, Vector v, Full = {}) {
  _mm256_storeu_si256((__m256i*)to, (__m256i)_mm512_cvtneps_pbh((__m512)v));
}
INLINE void store(Factor* to, Vector v, Part part) {
  _mm256_mask_storeu_epi16(to, lanesOf(part), (__m256i)_mm512_cvtneps_pbh((__m512)v));
}

#else

typedef float Factor;
typedef float Word;

#endif

constexpr long FACTORS_PER_WORD = sizeof(Word) / sizeof(Factor);
constexpr bool IS_ROUNDED = FACTORS_PER_WORD > 1;

/** Words, and so floats of memory, that hold `count` factors. */
INLINE long wordsOf(long count) { return (count + FACTORS_PER_WORD - 1) / FACTORS_PER_WORD; }
INLINE const Word* asWords(const void* memory) { return (const Word*)memory; }

/** Hands out pieces of memory, one after the other. */
struct Pieces {
  float* at;

  float* floats(long count) {
    float* piece = at;
    at += count;
    return piece;
  }
  Factor* factors(long count) { return (Factor*)floats(wordsOf(count)); }
  Word* words(long count) { return (Word*)floats(count); }
  /** For what is a piece of its own only where factors are rounded. */
  Factor* rounded(long count) { return IS_ROUNDED ? factors(count) : nullptr; }
};

/** Floats of memory that `Pieces::rounded` takes. */
INLINE long roundedSize(long count) { return IS_ROUNDED ? wordsOf(count) : 0; }

/** Numbers as factors: themselves, or rounded into `to`. */
INLINE const Factor* rounded(long count, const float* from, Factor* to) {
#if defined(UNFOLD_BFLOAT16)
  forEachVector(count, [&](long i, auto lanes) { store(to + i, load(from + i, lanes), lanes); });
  return to;
#else
  (void)count, (void)to;
  return from;
#endif
}

/** A of a product, in words: word k of row m is at data[m * rowStep + k * wordStep]. One of the steps is 1. */
struct LeftWords {
  const Word* data;
  long rowStep, wordStep;
};

/** B of a product, in words of its rows. */
struct RightWords {
  const Word* data;
  long rowStep;
};

/** C of a product; `Number` is float or Factor. */
template <class Number>
struct Result {
  Number* data;
  long rowStep;
};

/** Rows of factors as A. */
INLINE LeftWords leftRows(const Factor* data, long rowStep) { return {asWords(data), rowStep / FACTORS_PER_WORD, 1}; }

/** What the driver has made of a learned map [inputs, outputs] (BlockKernel::rounding) as B, from `firstColumn` on. */
INLINE RightWords mapOf(const float* kernel, long outputs, long firstColumn = 0) {
  return {asWords(kernel) + firstColumn, outputs};
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
