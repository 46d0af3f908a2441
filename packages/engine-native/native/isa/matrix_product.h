// C = A B for row-major B, whose tiles of C are held in registers while the inner dimension runs.
#pragma once
#include "../kernels.h"
#include "simd.h"

namespace unfold {
namespace UNFOLD_ISA {

/** What C is before the product is added to it. */
enum class Start { ZERO, SUM, BIAS };

/** A number that is known when this is compiled, as an argument. */
template <int N>
struct Count {};

/** body(row, Count<N>) for pieces of `rows`: of MOST while there are so many, then of fewer. */
template <int MOST, class Body>
INLINE void forRows(long rows, Body body) {
  long i = 0;
  for (; i + MOST <= rows; i += MOST) body(i, Count<MOST>{});
  if (MOST > 4 && i + 4 <= rows) {
    body(i, Count<4>{});
    i += 4;
  }
  if (i + 2 <= rows) {
    body(i, Count<2>{});
    i += 2;
  }
  if (i < rows) body(i, Count<1>{});
}

/** body(column, Count<N>, lanes) for panels of `columns` that are N vectors wide, 3 while there are so many. */
template <class Body>
INLINE void forPanels(long columns, Body body) {
  constexpr long PANEL = 3 * LANES;
  long j = 0;
  for (; j + PANEL <= columns; j += PANEL) body(j, Count<3>{}, Full{});
  const long left = columns - j, vectors = (left + LANES - 1) / LANES;
  const auto rest = [&](auto lanes) {
    if (vectors == 1) body(j, Count<1>{}, lanes);
    if (vectors == 2) body(j, Count<2>{}, lanes);
    if (vectors == 3) body(j, Count<3>{}, lanes);
  };
  if (left % LANES == 0) {
    rest(Full{});
  } else {
    rest(Part{left % LANES});
  }
}

/** C = sum after `start`, for ROWS x (WIDTH vectors) whose last vector has `lanes` lanes. */
template <int ROWS, int WIDTH, class Matrix, class Lanes>
INLINE void storeTile(const Vector (&sum)[ROWS][WIDTH], const Matrix& c, Start start, const float* bias, Lanes lanes) {
  const auto storeOne = [&](int i, int j, auto part) {
    auto* to = c.data + i * c.rowStep + j * LANES;
    if (start == Start::ZERO) return store(to, sum[i][j], part);
    store(to, sum[i][j] + (start == Start::SUM ? load(to, part) : load(bias + j * LANES, part)), part);
  };
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < WIDTH - 1; j++) storeOne(i, j, Full{});
    storeOne(i, WIDTH - 1, lanes);
  }
}

/** ROWS x (WIDTH vectors) of C; the last vector has `lanes` lanes. */
template <int ROWS, int WIDTH, bool TRANSPOSED, class Lanes>
INLINE void productTile(long inner, const LeftFactor& a, const RightFactor& b, const ProductResult& c, Start start,
                        const float* bias, Lanes lanes) {
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
  storeTile(sum, c, start, bias, lanes);
}

template <int ROWS, int WIDTH, class Lanes>
static __attribute__((noinline)) void productRows(long inner, const LeftFactor& a, const RightFactor& b,
                                                  const ProductResult& c, Start start, const float* bias, Count<ROWS>,
                                                  Count<WIDTH>, Lanes lanes) {
  if (a.columnStep == 1) {
    productTile<ROWS, WIDTH, false>(inner, a, b, c, start, bias, lanes);
  } else {
    productTile<ROWS, WIDTH, true>(inner, a, b, c, start, bias, lanes);
  }
}

/** Rows of C held at once, `vectors` wide: as many as the registers take with a row of B beside. */
constexpr int rowsHeld(int vectors) {
#if UNFOLD_LANES == 16 || defined(__aarch64__)
  return vectors > 0 ? 8 : 0;  // 32 registers
#else
  return vectors == 1 ? 8 : vectors == 2 ? 6 : 4;  // 16 registers
#endif
}

/** All rows of a panel of C that is WIDTH vectors wide. */
template <int WIDTH, class Lanes>
INLINE void productPanel(const ProductSizes& sizes, const LeftFactor& a, const RightFactor& b, const ProductResult& c,
                         Start start, const float* bias, Count<WIDTH>, Lanes lanes) {
  forRows<rowsHeld(WIDTH)>(sizes.rows, [&](long i, auto rows) {
    productRows(sizes.inner, {a.data + i * a.rowStep, a.rowStep, a.columnStep}, b, {c.data + i * c.rowStep, c.rowStep},
                start, bias, rows, Count<WIDTH>{}, lanes);
  });
}

/** C = A B after `start`. No element outside of the three matrices is touched. */
static void product(const ProductSizes& sizes, LeftFactor a, RightFactor b, ProductResult c, Start start,
                    const float* bias = nullptr) {
  forPanels(sizes.columns, [&](long j, auto width, auto lanes) {
    productPanel(sizes, a, {b.data + j, b.rowStep}, {c.data + j, c.rowStep}, start, bias ? bias + j : bias, width,
                 lanes);
  });
}

/** sums[j] += sum over rows of a[i, j]. */
template <class Number>
static void addColumnSums(long rows, long columns, const Number* a, long rowStep, float* sums) {
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

/** to [columns, rows] = from [rows, columns] transposed; rows of either lie `fromRowStep` and `toRowStep` apart. */
template <class Number>
INLINE void transposeWords(long rows, long columns, const Number* from, long fromRowStep, Number* to, long toRowStep) {
  constexpr long BLOCK = 16;
  for (long i0 = 0; i0 < rows; i0 += BLOCK) {
    const long iEnd = i0 + BLOCK < rows ? i0 + BLOCK : rows;
    for (long j0 = 0; j0 < columns; j0 += BLOCK) {
      const long jEnd = j0 + BLOCK < columns ? j0 + BLOCK : columns;
      for (long j = j0; j < jEnd; j++) {
        for (long i = i0; i < iEnd; i++) to[j * toRowStep + i] = from[i * fromRowStep + j];
      }
    }
  }
}

static void transpose(long rows, long columns, const float* from, float* to, long toRowStep) {
  transposeWords(rows, columns, from, columns, to, toRowStep);
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
