// C = A B with both factors rounded to bfloat16 and sums in float32 (VDPBF16PS), twice the products of float32 in a
// cycle.
#pragma once
#include "matrix_product.h"

namespace unfold {
namespace UNFOLD_ISA {

#if defined(UNFOLD_BFLOAT16)

// What is rounded at once stays in the nearest caches: 32 kB of A and 24 kB of B.
constexpr long BLOCK_ROWS = 64, BLOCK_INNER = 256, BLOCK_PAIRS = BLOCK_INNER / 2;
constexpr int ROWS_HELD = rowsHeld(3);

/** Two numbers of bfloat16 that the inner dimension has one after the other, the first in the lower half. */
typedef uint32_t Pair;

/** The lanes of two vectors as pairs. */
INLINE __m512i pairsOf(Vector first, Vector second) {
  const __m512i interleaved = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                               6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(interleaved, (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
}

INLINE Vector loadUpTo(const float* from, long count) {
  if (count >= LANES) return load(from);
  return count > 0 ? load(from, Part{count}) : Vector{};
}

/** Rows of A as pairs: of row i and pair k at pairs[i * rowStep + k * pairStep]. */
struct LeftPairs {
  Pair* pairs;
  long rowStep, pairStep;
};

static LeftPairs roundLeft(long rows, long inner, const LeftFactor& a, Pair* to) {
  if (a.columnStep == 1) {
    for (long i = 0; i < rows; i++) {
      const float* row = a.data + i * a.rowStep;
      for (long k = 0; k < inner; k += 2 * LANES) {
        const __m512bh both = _mm512_cvtne2ps_pbh((__m512)loadUpTo(row + k + LANES, inner - k - LANES),
                                                  (__m512)loadUpTo(row + k, inner - k));
        _mm512_storeu_si512(to + i * BLOCK_PAIRS + k / 2, (__m512i)both);
      }
    }
    return {to, BLOCK_PAIRS, 1};
  }
  for (long k = 0; k < inner; k += 2) {
    const float *first = a.data + k * a.columnStep, *second = first + a.columnStep;
    for (long i = 0; i < rows; i += LANES) {
      const Vector below = k + 1 < inner ? loadUpTo(second + i, rows - i) : Vector{};
      _mm512_storeu_si512(to + k / 2 * BLOCK_ROWS + i, pairsOf(loadUpTo(first + i, rows - i), below));
    }
  }
  return {to, 1, BLOCK_ROWS};
}

/** A panel of B as pairs: WIDTH vectors for each pair of its rows. */
template <int WIDTH, class Lanes>
INLINE void roundRight(long inner, const RightFactor& b, Pair* to, Count<WIDTH>, Lanes lanes) {
  for (long k = 0; k < inner; k += 2, to += WIDTH * LANES) {
    const float *first = b.data + k * b.rowStep, *second = first + b.rowStep;
    const bool both = k + 1 < inner;
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH - 1; j++) {
      const Vector below = both ? load(second + j * LANES) : Vector{};
      _mm512_storeu_si512(to + j * LANES, pairsOf(load(first + j * LANES), below));
    }
    constexpr int last = WIDTH - 1;
    const Vector below = both ? load(second + last * LANES, lanes) : Vector{};
    _mm512_storeu_si512(to + last * LANES, pairsOf(load(first + last * LANES, lanes), below));
  }
}

/** ROWS x (WIDTH vectors) of C, as `productTile`. */
template <int ROWS, int WIDTH, bool TRANSPOSED, class Lanes>
INLINE void pairsTile(long pairs, const LeftPairs& a, const Pair* right, const ProductResult& c, Start start,
                      const float* bias, Lanes lanes) {
  Vector sum[ROWS][WIDTH];
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH; j++) sum[i][j] = Vector{};
  }
  const Pair* left = a.pairs;
  for (long k = 0; k < pairs; k++, right += WIDTH * LANES) {
    __m512i row[WIDTH];
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH; j++) row[j] = _mm512_loadu_si512(right + j * LANES);
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      const __m512i x = _mm512_set1_epi32((int)left[TRANSPOSED ? i : i * BLOCK_PAIRS]);
#pragma GCC unroll 4
      for (int j = 0; j < WIDTH; j++) {
        sum[i][j] = (Vector)_mm512_dpbf16_ps((__m512)sum[i][j], (__m512bh)row[j], (__m512bh)x);
      }
    }
    left += TRANSPOSED ? BLOCK_ROWS : 1;
  }
  storeTile(sum, c, start, bias, lanes);
}

template <int ROWS, int WIDTH, class Lanes>
static __attribute__((noinline)) void pairsRows(long pairs, const LeftPairs& a, const Pair* right,
                                                const ProductResult& c, Start start, const float* bias, Count<ROWS>,
                                                Count<WIDTH>, Lanes lanes) {
  if (a.pairStep == 1) {
    pairsTile<ROWS, WIDTH, false>(pairs, a, right, c, start, bias, lanes);
  } else {
    pairsTile<ROWS, WIDTH, true>(pairs, a, right, c, start, bias, lanes);
  }
}

/** At most BLOCK_ROWS rows and BLOCK_INNER of the inner dimension. */
static void productOfBlock(const ProductSizes& sizes, const LeftFactor& a, const RightFactor& b, const ProductResult& c,
                           Start start, const float* bias) {
  alignas(64) Pair left[BLOCK_ROWS * BLOCK_PAIRS];
  alignas(64) Pair right[BLOCK_PAIRS * 3 * LANES];
  const LeftPairs rounded = roundLeft(sizes.rows, sizes.inner, a, left);
  const long pairs = (sizes.inner + 1) / 2;
  forPanels(sizes.columns, [&](long j, auto width, auto lanes) {
    roundRight(sizes.inner, {b.data + j, b.rowStep}, right, width, lanes);
    forRows<ROWS_HELD>(sizes.rows, [&](long i, auto rows) {
      pairsRows(pairs, {rounded.pairs + i * rounded.rowStep, rounded.rowStep, rounded.pairStep}, right,
                {c.data + i * c.rowStep + j, c.rowStep}, start, bias ? bias + j : bias, rows, width, lanes);
    });
  });
}

/** C = A B after `start`, of rows and a learned map or of two gradients. Small ones are not worth the rounding. */
static void mappedProduct(const ProductSizes& sizes, LeftFactor a, RightFactor b, ProductResult c, Start start,
                          const float* bias = nullptr) {
  if (sizes.rows < ROWS_HELD || sizes.columns < LANES || sizes.inner < LANES) {
    return product(sizes, a, b, c, start, bias);
  }
  for (long i = 0; i < sizes.rows; i += BLOCK_ROWS) {
    const long rows = sizes.rows - i < BLOCK_ROWS ? sizes.rows - i : BLOCK_ROWS;
    for (long k = 0; k < sizes.inner; k += BLOCK_INNER) {
      const long inner = sizes.inner - k < BLOCK_INNER ? sizes.inner - k : BLOCK_INNER;
      productOfBlock({rows, sizes.columns, inner}, {a.data + i * a.rowStep + k * a.columnStep, a.rowStep, a.columnStep},
                     {b.data + k * b.rowStep, b.rowStep}, {c.data + i * c.rowStep, c.rowStep},
                     k == 0 ? start : Start::SUM, bias);
    }
  }
}

#else

/** C = A B after `start`, of rows and a learned map or of two gradients. */
static void mappedProduct(const ProductSizes& sizes, LeftFactor a, RightFactor b, ProductResult c, Start start,
                          const float* bias = nullptr) {
  product(sizes, a, b, c, start, bias);
}

#endif

}  // namespace UNFOLD_ISA
}  // namespace unfold
