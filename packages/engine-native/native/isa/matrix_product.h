// C = A B for row-major B, whose tiles of C are held in registers while the inner dimension runs.
#pragma once
#include "../kernels.h"
#include "simd.h"

namespace unfold {
namespace UNFOLD_ISA {

// Rows of C held at once, by how many vectors wide the tile is: as many as the registers take with a row of B beside.
#if UNFOLD_LANES == 16 || defined(__aarch64__)
constexpr int ROWS_OF_1 = 8, ROWS_OF_2 = 8, ROWS_OF_3 = 8;  // 32 registers
#else
constexpr int ROWS_OF_1 = 8, ROWS_OF_2 = 6, ROWS_OF_3 = 4;  // 16 registers
#endif

/** What C is before the product is added to it. */
enum class Start { ZERO, SUM, BIAS };

/** ROWS x (WIDTH vectors) of C; the last vector has `lanes` lanes. */
template <int ROWS, int WIDTH, bool TRANSPOSED, class Lanes>
INLINE void productTile(long inner, LeftFactor a, RightFactor b, ProductResult c, Start start, const float* bias,
                        Lanes lanes) {
  Vector sum[ROWS][WIDTH];
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH; j++) sum[i][j] = Vector{};
  }
  const float* left = a.data;
  const float* right = b.data;
  for (long k = 0; k < inner; k++) {
    Vector row[WIDTH];
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH - 1; j++) row[j] = load(right + j * LANES);
    row[WIDTH - 1] = load(right + (WIDTH - 1) * LANES, lanes);
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      const Vector x = broadcast(left[TRANSPOSED ? i : i * a.rowStep]);
#pragma GCC unroll 4
      for (int j = 0; j < WIDTH; j++) sum[i][j] += x * row[j];
    }
    left += TRANSPOSED ? a.columnStep : 1;
    right += b.rowStep;
  }
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
    float* to = c.data + i * c.rowStep;
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH; j++) {
      const float* before = start == Start::SUM ? to + j * LANES : bias + j * LANES;
      if (j < WIDTH - 1) {
        store(to + j * LANES, start == Start::ZERO ? sum[i][j] : sum[i][j] + load(before));
      } else {
        store(to + j * LANES, start == Start::ZERO ? sum[i][j] : sum[i][j] + load(before, lanes), lanes);
      }
    }
  }
}

template <int ROWS, int WIDTH, class Lanes>
static __attribute__((noinline)) void productRows(long inner, const LeftFactor& a, const RightFactor& b,
                                                  const ProductResult& c, Start start, const float* bias, Lanes lanes) {
  if (a.columnStep == 1) {
    productTile<ROWS, WIDTH, false>(inner, a, b, c, start, bias, lanes);
  } else {
    productTile<ROWS, WIDTH, true>(inner, a, b, c, start, bias, lanes);
  }
}

/** All rows of a panel of C that is WIDTH vectors wide. */
template <int ROWS, int WIDTH, class Lanes>
INLINE void productPanel(const ProductSizes& sizes, LeftFactor a, RightFactor b, ProductResult c, Start start,
                         const float* bias, Lanes lanes) {
  const long inner = sizes.inner;
  long rows = sizes.rows;
  const auto advance = [&](int count) {
    a.data += count * a.rowStep;
    c.data += count * c.rowStep;
    rows -= count;
  };
  for (; rows >= ROWS; advance(ROWS)) productRows<ROWS, WIDTH>(inner, a, b, c, start, bias, lanes);
  if (ROWS > 4 && rows >= 4) {
    productRows<4, WIDTH>(inner, a, b, c, start, bias, lanes);
    advance(4);
  }
  if (rows >= 2) {
    productRows<2, WIDTH>(inner, a, b, c, start, bias, lanes);
    advance(2);
  }
  if (rows == 1) productRows<1, WIDTH>(inner, a, b, c, start, bias, lanes);
}

template <class Lanes>
INLINE void productRest(const ProductSizes& sizes, LeftFactor a, RightFactor b, ProductResult c, Start start,
                        const float* bias, Lanes lanes) {
  const long vectors = (sizes.columns + LANES - 1) / LANES;
  if (vectors == 1) productPanel<ROWS_OF_1, 1>(sizes, a, b, c, start, bias, lanes);
  if (vectors == 2) productPanel<ROWS_OF_2, 2>(sizes, a, b, c, start, bias, lanes);
  if (vectors == 3) productPanel<ROWS_OF_3, 3>(sizes, a, b, c, start, bias, lanes);
}

/** C = A B after `start`. No element outside of the three matrices is touched. */
static void product(ProductSizes sizes, LeftFactor a, RightFactor b, ProductResult c, Start start,
                    const float* bias = nullptr) {
  constexpr long PANEL = 3 * LANES;
  for (; sizes.columns >= PANEL; sizes.columns -= PANEL) {
    productPanel<ROWS_OF_3, 3>(sizes, a, b, c, start, bias, Full{});
    b.data += PANEL;
    c.data += PANEL;
    if (bias) bias += PANEL;
  }
  const long rest = sizes.columns % LANES;
  if (sizes.columns == 0) return;
  if (rest == 0) {
    productRest(sizes, a, b, c, start, bias, Full{});
  } else {
    productRest(sizes, a, b, c, start, bias, Part{rest});
  }
}

/** sums[j] += sum over rows of a[i, j]. */
static void addColumnSums(long rows, long columns, const float* a, long rowStep, float* sums) {
  forEachVector(columns, [&](long j, auto lanes) {
    Vector even = load(sums + j, lanes), odd = {};
    long i = 0;
    for (; i + 1 < rows; i += 2) {
      even += load(a + i * rowStep + j, lanes);
      odd += load(a + (i + 1) * rowStep + j, lanes);
    }
    if (i < rows) even += load(a + i * rowStep + j, lanes);
    store(sums + j, even + odd, lanes);
  });
}

/** to [columns, rows] = from [rows, columns] transposed; rows of `to` lie `toRowStep` apart. */
static void transpose(long rows, long columns, const float* from, float* to, long toRowStep) {
  constexpr long BLOCK = 16;
  for (long i0 = 0; i0 < rows; i0 += BLOCK) {
    const long iEnd = i0 + BLOCK < rows ? i0 + BLOCK : rows;
    for (long j0 = 0; j0 < columns; j0 += BLOCK) {
      const long jEnd = j0 + BLOCK < columns ? j0 + BLOCK : columns;
      for (long j = j0; j < jEnd; j++) {
        for (long i = i0; i < iEnd; i++) to[j * toRowStep + i] = from[i * columns + j];
      }
    }
  }
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
