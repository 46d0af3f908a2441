// Everything compiled for one instruction set. Each file beside that names one includes this once.
#pragma once
#include "attention.h"
#include "elementwise.h"
#include "gated_feed_forward.h"
#include "monotone_curve.h"

namespace unfold {
namespace UNFOLD_ISA {

static void plainProduct(long rows, long columns, long inner, const float* a, long aRowStep, long aColumnStep,
                         const float* b, long bRowStep, float* c, long cRowStep, bool sum) {
  product(rows, columns, inner, {a, aRowStep, aColumnStep}, {b, bRowStep}, {c, cRowStep},
          sum ? Start::SUM : Start::ZERO);
}

constexpr KernelTable tableFor(const char* instructionSet) {
  return {instructionSet,     unary,
          binary,             compare,
          selectNumbers,      reduce,
          reduceColumns,      softmax,
          transpose,          plainProduct,
          sumOfSquares,       adam,
          movingAverage,      linear_block::kernel,
          norm_block::kernel, gate_block::kernel,
          feed_forward_block::kernel, attention_block::kernel,
          gated_attention_block::kernel, first_attention_block::kernel,
          monotone_block::kernel<monotone_block::SHARE>, monotone_block::kernel<monotone_block::SLOPE>};
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
