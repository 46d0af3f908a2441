// The fused blocks: shares their rows among threads, tile by tile, and leaves padding out. What is asked for is computed
// by the context's queue; until then the arrays, but for the mask, must stay.
#pragma once
#include <vector>
#include "context.h"

namespace unfold {

enum class BlockKind {
  Linear,
  LayerNorm,
  GruGate,
  GatedFeedForward,
  MaskedAttention,
  GatedAttention,
  GatedAttentionOfFirst,
  MonotoneShare,
  MonotoneSlope,
  COUNT
};

/** [rows, columns] of a parameter; a vector has no rows. */
struct ParameterShape {
  long rows, columns;
  long size() const { return rows == 0 ? columns : rows * columns; }
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
  /** First row of each event and one more, counted without padding; empty if rows have nothing to do with each other. */
  std::vector<int32_t> eventStart;

  long savedSize() const { return rows * kernel->savedPerRow(widths); }
};

struct BlockSizes {
  long rows;
  Widths widths;
  /** Rows of an event with its padding; 0 if rows have nothing to do with each other. */
  long objects;
  /** [rows], 1 for an object and 0 for padding; null if there is no padding. */
  const float* mask;
};

/** Throws Invalid if sizes contradict each other or the mask holds other numbers than 0 and 1. */
Block makeBlock(const Context&, BlockKind, const BlockSizes&);

/** What a block reads and writes. Null where it has no such thing. */
struct BlockArrays {
  const float* x;
  const float* skip;
  std::vector<const float*> parameters;
};

/** Padding rows of `out` become 0. `saved` may be null. */
void forward(Context&, Block, const BlockArrays&, float* out, float* saved);

/** Padding rows of `dx` become 0. Without `saved` the forward half is computed again. */
void backward(Context&, Block, const BlockArrays&, const float* saved, const float* dy, float* dx, float* dSkip,
              const std::vector<float*>& gradients);

}  // namespace unfold
