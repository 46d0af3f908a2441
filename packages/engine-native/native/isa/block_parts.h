// What blocks are declared with, and blocks within blocks.
#pragma once
#include "../kernels.h"
#include "simd.h"

namespace unfold {
namespace UNFOLD_ISA {

static constexpr BlockParameter vectorParameter(const char* path, Length length) {
  return {path, Length::NONE, length};
}

static constexpr BlockParameter matrixParameter(const char* path, Length rows, Length columns) {
  return {path, rows, columns};
}

/** The call of a part whose parameters begin at `first` among those of the whole. */
INLINE BlockCall partOf(const BlockCall& whole, long first) {
  BlockCall part = whole;
  part.parameters += first;
  return part;
}

/** The gradients of that part. */
INLINE BlockGradients partOf(const BlockGradients& whole, long first) {
  BlockGradients part = whole;
  part.transposed += first;
  part.parameters += first;
  return part;
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
