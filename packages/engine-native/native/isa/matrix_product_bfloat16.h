// C = A B with factors in bfloat16 and sums in float32 (VDPBF16PS), twice the products of float32 in a cycle, and how
// factors come into the form that it takes.
#pragma once
#include "factors.h"

namespace unfold {
namespace UNFOLD_ISA {

#if defined(UNFOLD_BFLOAT16)

/** The lanes of two vectors as pairs, the first in the lower half. */
INLINE __m512i pairsOf(__m512i halves) {
  const __m512i interleaved = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                               6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(interleaved, halves);
}

INLINE __m512i pairsOf(Vector first, Vector second) {
  return pairsOf((__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
}

template <class Number, class Lanes>
INLINE __m512i pairsAt(const Number* first, const Number* second, Lanes lanes) {
  return pairsOf(load(first, lanes), second ? load(second, lanes) : Vector{});
}

/** Of two rows that are rounded already. */
INLINE __m512i pairsAt(const Factor* first, const Factor* second, Full) {
  const __m256i below = second ? _mm256_loadu_si256((const __m256i*)second) : __m256i{};
  return pairsOf(_mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i*)first)), below, 1));
}

INLINE void storeWords(Word* to, __m512i words, Full) { _mm512_storeu_si512(to, words); }
INLINE void storeWords(Word* to, __m512i words, Part part) { _mm512_mask_storeu_epi32(to, lanesOf(part), words); }

/** Words of two rows each of `from` [rows, columns], the second of the last 0 if there is none. */
template <class Number>
INLINE RightWords stacked(long rows, long columns, const Number* from, long rowStep, Word* to) {
  for (long i = 0; i < rows; i += 2) {
    const Number *first = from + i * rowStep, *second = i + 1 < rows ? first + rowStep : nullptr;
    Word* row = to + i / 2 * columns;
    forEachVector(columns, [&](long j, auto lanes) {
      storeWords(row + j, pairsAt(first + j, second ? second + j : nullptr, lanes), lanes);
    });
  }
  return {to, columns};
}

/** Rows of numbers as A. What is between a row's end and `toRowStep`, a multiple of LANES, becomes 0. */
INLINE LeftWords roundedRows(long rows, long columns, const float* from, long rowStep, Factor* to, long toRowStep) {
  for (long i = 0; i < rows; i++) {
    const float* row = from + i * rowStep;
    forEachVector(columns, [&](long j, auto lanes) { store(to + i * toRowStep + j, load(row + j, lanes)); });
  }
  return leftRows(to, toRowStep);
}

/** ROWS x (WIDTH vectors) of C, as `productTile`. */
template <int ROWS, int WIDTH, bool TRANSPOSED, class Number, class Lanes>
INLINE void wordsTile(long words, const LeftWords& a, const RightWords& b, const Result<Number>& c, Start start,
                      const float* bias, Lanes lanes) {
  Vector sum[ROWS][WIDTH];
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH; j++) sum[i][j] = Vector{};
  }
  const Word *left = a.data, *right = b.data;
  for (long k = 0; k < words; k++) {
    Vector row[WIDTH];
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH - 1; j++) row[j] = load((const float*)right + j * LANES);
    row[WIDTH - 1] = load((const float*)right + (WIDTH - 1) * LANES, lanes);
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      const __m512i x = _mm512_set1_epi32((int)left[TRANSPOSED ? i : i * a.rowStep]);
#pragma GCC unroll 4
      for (int j = 0; j < WIDTH; j++) {
        sum[i][j] = (Vector)_mm512_dpbf16_ps((__m512)sum[i][j], (__m512bh)row[j], (__m512bh)x);
      }
    }
    left += TRANSPOSED ? a.wordStep : 1;
    right += b.rowStep;
  }
  storeTile(sum, c, start, bias, lanes);
}

template <int ROWS, int WIDTH, class Number, class Lanes>
static __attribute__((noinline)) void wordsRows(long words, const LeftWords& a, const RightWords& b,
                                                const Result<Number>& c, Start start, const float* bias, Count<ROWS>,
                                                Count<WIDTH>, Lanes lanes) {
  if (a.wordStep == 1) {
    wordsTile<ROWS, WIDTH, false>(words, a, b, c, start, bias, lanes);
  } else {
    wordsTile<ROWS, WIDTH, true>(words, a, b, c, start, bias, lanes);
  }
}

/** C = A B after `start`; sizes.inner counts factors, not words. */
template <class Number>
static void productOfWords(const ProductSizes& sizes, LeftWords a, RightWords b, Result<Number> c, Start start,
                           const float* bias = nullptr) {
  forPanels(sizes.columns, [&](long j, auto width, auto lanes) {
    forRows<rowsHeld(3)>(sizes.rows, [&](long i, auto rows) {
      wordsRows(wordsOf(sizes.inner), {a.data + i * a.rowStep, a.rowStep, a.wordStep}, {b.data + j, b.rowStep},
                Result<Number>{c.data + i * c.rowStep + j, c.rowStep}, start, bias ? bias + j : bias, rows, width,
                lanes);
    });
  });
}

/** dMap [inputs, outputs] += x^T dy, of rows of factors `xStep` and `dyStep` apart; rows of dMap are `step` apart. */
static void addMapGradient(long rows, long inputs, long outputs, const Factor* x, long xStep, const Factor* dy,
                           long dyStep, float* dMap, long step) {
  // What is stacked at once stays in the nearest cache.
  constexpr long ROWS = 96, INPUTS = 96;
  alignas(64) Word left[ROWS / 2 * INPUTS], right[ROWS / 2 * 3 * LANES];
  for (long r = 0; r < rows; r += ROWS) {
    const long count = rows - r < ROWS ? rows - r : ROWS;
    for (long i = 0; i < inputs; i += INPUTS) {
      const long most = inputs - i < INPUTS ? inputs - i : INPUTS;
      const RightWords a = stacked(count, most, x + r * xStep + i, xStep, left);
      for (long j = 0; j < outputs; j += 3 * LANES) {
        const long wide = outputs - j < 3 * LANES ? outputs - j : 3 * LANES;
        const RightWords b = stacked(count, wide, dy + r * dyStep + j, dyStep, right);
        productOfWords({most, wide, count}, {a.data, 1, a.rowStep}, b, Result<float>{dMap + i * step + j, step},
                       Start::SUM);
      }
    }
  }
}

/** A map [inputs, outputs], both even, as the products within blocks take it: words of two rows each. */
static void roundMap(long inputs, long outputs, const float* map, float* to) {
  stacked(inputs, outputs, map, outputs, (Word*)to);
}

/** The same of its transpose: rows of `to` lie `toRowStep` apart. */
static void roundTransposed(long inputs, long outputs, const float* map, float* to, long toRowStep) {
  alignas(64) Factor row[16 * 64];
  constexpr long ROWS = 16, COLUMNS = 64;
  for (long i = 0; i < inputs; i += ROWS) {
    const long count = inputs - i < ROWS ? inputs - i : ROWS;
    for (long j = 0; j < outputs; j += COLUMNS) {
      const long wide = outputs - j < COLUMNS ? outputs - j : COLUMNS;
      for (long k = 0; k < count; k++) rounded(wide, map + (i + k) * outputs + j, row + k * COLUMNS);
      transposeWords(count, wide / 2, asWords(row), COLUMNS / 2, (Word*)to + j / 2 * toRowStep + i, toRowStep);
    }
  }
}

constexpr MapRounding rounding = {roundMap, roundTransposed};
constexpr const MapRounding* mapRounding = &rounding;

#else

constexpr const MapRounding* mapRounding = nullptr;

/** Rows of numbers as they stand on either side of a product. */
INLINE RightWords stacked(long, long, const float* from, long rowStep, Word*) { return {from, rowStep}; }

INLINE LeftWords roundedRows(long, long, const float* from, long rowStep, Factor*, long) {
  return leftRows(from, rowStep);
}

static void productOfWords(const ProductSizes& sizes, LeftWords a, RightWords b, Result<float> c, Start start,
                           const float* bias = nullptr) {
  product(sizes, {a.data, a.rowStep, a.wordStep}, {b.data, b.rowStep}, {c.data, c.rowStep}, start, bias);
}

/** dMap [inputs, outputs] += x^T dy, of rows of factors `xStep` and `dyStep` apart; rows of dMap are `step` apart. */
static void addMapGradient(long rows, long inputs, long outputs, const Factor* x, long xStep, const Factor* dy,
                           long dyStep, float* dMap, long step) {
  product({inputs, outputs, rows}, {x, 1, xStep}, {dy, dyStep}, {dMap, step}, Start::SUM);
}

#endif

}  // namespace UNFOLD_ISA
}  // namespace unfold
