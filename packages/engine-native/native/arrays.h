// Kernels of whole arrays: shares them among threads. Lengths are checked where the arrays come in (addon.cc) but for
// those that depend on strides and indices, which are checked here.
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

void unary(const Context&, Unary, long count, const float* x, float* y);

/** How the inputs of a binary operation are spread over its output: steps are 0 along dimensions they lack. */
struct Spread {
  std::vector<long> shape, aSteps, bSteps;
};

void binary(const Context&, Binary, const Spread&, Array<const float> a, Array<const float> b, Array<float> y);
void compare(const Context&, Comparison, const Spread&, Array<const float> a, Array<const float> b,
             Array<uint8_t> y);
void select(const Context&, long count, const uint8_t* condition, const float* yes, const float* no, float* y);

/** y [outer, inner] of x [outer, reduced, inner]. The result is the same for any number of threads. */
void reduce(const Context&, Reduction, long outer, long reduced, long inner, const float* x, float* y);

void softmax(const Context&, long rows, long columns, const float* x, float* y);

/** to[toStart + sum(i_d toSteps_d)] = from[fromStart + sum(i_d fromSteps_d)] for all indices i of `shape`. */
struct StridedCopy {
  std::vector<long> shape, fromSteps, toSteps;
  long fromStart, toStart;
};

void copy(const Context&, const StridedCopy&, Array<const uint32_t> from, Array<uint32_t> to);

/** y [outer, count, inner] = x [outer, rows, inner] at the rows `indices` [count]. */
void gather(const Context&, long outer, long rows, long inner, const uint32_t* x, Array<const int32_t> indices,
            uint32_t* y);
/** y [segments, inner]: sums of the rows of x [count, inner] whose id is that segment; negative ids are dropped. */
void segmentSum(const Context&, long segments, long inner, const float* x, Array<const int32_t> ids, float* y);

/** One of many products of a batch. */
struct MatrixProduct {
  long batch, rows, columns, inner;
  /** Floats from one matrix of the batch to the next; 0 for one that all share. */
  long aStep, bStep;
  bool transposeA, transposeB;
};

void matrixProduct(Context&, const MatrixProduct&, const float* a, const float* b, float* c);

double sumOfSquares(const Context&, long count, const float* x);
void adam(const Context&, const AdamStep&, long count, const float* gradient, float* weight, float* first,
          float* second);
void movingAverage(const Context&, long count, float rate, const float* weight, float* average);

}  // namespace unfold
