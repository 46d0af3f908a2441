// The fused blocks: shares their rows among threads, tile by tile, and leaves padding out. What is asked for is
// computed by the context's queue; until then the arrays, but for the mask, must stay.
#pragma once
#include <vector>
#include "context.h"

namespace unfold {

/** [rows, columns] of a parameter; a vector has no rows. */
struct ParameterShape {
  long rows, columns;
  long size() const { return rows == 0 ? columns : product(rows, columns); }
};

/** A block, its sizes and which of its rows are objects. Built by `makeBlock`, which checks all sizes. */
struct Block {
  const BlockKernel* kernel;
  Widths widths;
  /** Rows with padding. */
  long allRows;
  long inputWidth, outputWidth;
  std::vector<ParameterShape> shapes;

  /** Rows without padding. */
  long rows;
  /** Where each of them is among all rows; empty if there is no padding. */
  std::vector<int32_t> index;
  /** First row of each event and one more, counted without padding; empty if rows are independent of each other. */
  std::vector<int32_t> eventStart;

  /** Floats of the input, of the output, and of what the forward half saves. */
  long inputSize() const { return product(allRows, inputWidth); }
  long outputSize() const { return product(allRows, outputWidth); }
  long savedSize() const { return product(rows, kernel->savedPerRow(widths)); }
};

struct BlockSizes {
  long rows;
  Widths widths;
  /** Rows of an event with its padding; 0 if rows are independent of each other. */
  long objects;
  /** [rows], 1 for an object and 0 for padding; null if there is no padding. */
  const float* mask;
};

/** Throws Invalid if sizes contradict each other or the mask holds other numbers than 0 and 1. */
Block makeBlock(const BlockKernel&, const BlockSizes&);

/** What a block reads and writes: BlockCall of all rows. Null where it has no such thing. */
struct BlockArrays {
  const float* x;
  const float* skip;
  std::vector<const float*> parameters;
  float* out;
  float* saved;
};

/** What the gradient of a block reads and writes besides: BlockGradients of all rows. */
struct BlockGradientArrays {
  const float* dy;
  float* dx;
  float* dSkip;
  std::vector<float*> parameters;
};

/** Padding rows of `out` become 0. `saved` may be null. */
void forward(Context&, Block, const BlockArrays&);

/** Padding rows of `dx` become 0. Without `saved` the forward half is computed again. */
void backward(Context&, Block, const BlockArrays&, const BlockGradientArrays&);

}  // namespace unfold
