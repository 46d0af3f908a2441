// Kernels of whole arrays: shares them among threads. Lengths are checked where the arrays come in (addon.cc) but for
// those that depend on strides and indices, which are checked here. What is asked for is checked at once and computed
// by the context's queue; until then the arrays must stay.
#pragma once
#include <vector>
#include "context.h"

namespace unfold {

/** An array of JavaScript, in elements of four bytes. */
template <class Element>
struct Array {
  Element* data;
  long size;
};

void unary(Context&, Unary, long count, const float* x, float* y);

/** How the inputs of a binary operation are spread over its output: steps are 0 along dimensions they lack. */
struct Spread {
  std::vector<long> shape, aSteps, bSteps;
};

void binary(Context&, Binary, const Spread&, Array<const float> a, Array<const float> b, Array<float> y);
void compare(Context&, Comparison, const Spread&, Array<const float> a, Array<const float> b, Array<uint8_t> y);
void select(Context&, long count, const uint8_t* condition, const float* yes, const float* no, float* y);

void fill(Context&, float value, long count, float* y);
void fill(Context&, int32_t value, long count, int32_t* y);
/** Numbers of x as floats. */
void convert(Context&, long count, const int32_t* x, float* y);
void convert(Context&, long count, const uint8_t* x, float* y);

/** Sizes of an array that is reduced over its second dimension. */
struct ReducedSizes {
  long outer, reduced, inner;
};

/** y [outer, inner] = scale times that of x [outer, reduced, inner]. Any number of threads gives the same result. */
void reduce(Context&, Reduction, const ReducedSizes&, double scale, const float* x, float* y);

/** y [rows] = where the least of each row of x [rows, columns] is, the first of several. At least one column. */
void whereLeast(Context&, long rows, long columns, const float* x, int32_t* y);

/** y [count, depth] = `off`, and `on` at the place that each index names; an index out of range names none. */
void oneHot(Context&, long depth, float on, float off, Array<const int32_t> indices, float* y);

void softmax(Context&, long rows, long columns, const float* x, float* y);

/** to[toStart + sum(i_d toSteps_d)] = from[fromStart + sum(i_d fromSteps_d)] for all indices i of `shape`. */
struct StridedCopy {
  std::vector<long> shape, fromSteps, toSteps;
  long fromStart, toStart;
};

void copy(Context&, const StridedCopy&, Array<const uint32_t> from, Array<uint32_t> to);

/** y [outer, count, inner] = x [outer, rows, inner] at the rows `indices` [count]. */
void gather(Context&, long outer, long rows, long inner, const uint32_t* x, Array<const int32_t> indices, uint32_t* y);
/** y [segments, inner]: sums of the rows of x [count, inner] whose id is that segment, without rows of other ids. */
void segmentSum(Context&, long segments, long inner, const float* x, Array<const int32_t> ids, float* y);

/** One of many products of a batch. */
struct MatrixProduct {
  long batch, rows, columns, inner;
  /** Floats from one matrix of the batch to the next; 0 for one that all share. */
  long aStep, bStep;
  bool transposeA, transposeB;
};

void matrixProduct(Context&, const MatrixProduct&, const float* a, const float* b, float* c);

using Arrays = std::vector<Array<float>>;

// These return when they are done.

double sumOfSquares(Context&, const Arrays& arrays);
void adam(Context&, const AdamStep&, const Arrays& gradients, const Arrays& weights, const Arrays& first,
          const Arrays& second);
void movingAverage(Context&, float rate, const Arrays& weights, const Arrays& averages);

}  // namespace unfold
