// Everything compiled for one instruction set. Each file beside that names one includes this once.
#pragma once
#include "attention.h"
#include "elementwise.h"
#include "gated_feed_forward.h"
#include "monotone_curve.h"

namespace unfold {
namespace UNFOLD_ISA {

/** Every fused block. JavaScript finds one by its name. */
constexpr BlockKernel blocks[] = {
    linear_block::kernel,          norm_block::kernel,      gate_block::kernel,
    feed_forward_block::kernel,    attention_block::kernel, gated_attention_block::kernel,
    first_attention_block::kernel, monotone_block::share,   monotone_block::slope,
};

static void plainProduct(const ProductSizes& sizes, LeftFactor a, RightFactor b, ProductResult c, bool sum) {
  product(sizes, a, b, c, sum ? Start::SUM : Start::ZERO);
}

constexpr KernelTable tableFor(const char* instructionSet) {
  return {instructionSet, unary,         binary,        compare,   selectNumbers,
          reduce,         reduceColumns, softmax,       transpose, plainProduct,
          sumOfSquares,   adam,          movingAverage, blocks,    sizeof blocks / sizeof *blocks};
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
