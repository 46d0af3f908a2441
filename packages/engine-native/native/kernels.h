// What is compiled once for each instruction set: functions of one thread, on memory that the caller has checked.
// Plain C types only; see isa/simd.h.
#pragma once
#include <stdint.h>
#include "operations.h"

namespace unfold {

/** Widths of a block. What a block has no use for is 0. */
struct Widths {
  /** D. */
  long width;
  /** k D of the feed-forward block; the output of a linear map; the units of a monotone curve. */
  long inner;
  long heads;
  float epsilon;
  /** Whether a linear map is followed by GELU. */
  bool gelu;
};

/** Rows of a tile and where the events among them begin: eventStart[0] = 0, ..., eventStart[events] = rows. */
struct Tile {
  long rows;
  long events;
  const int32_t* eventStart;
};

/** What a block computes with, for the rows of one tile. */
struct BlockCall {
  Widths widths;
  Tile tile;
  /** [rows, input width]. */
  const float* x;
  /** The second input, as long as the first; null for a block that has none. */
  const float* skip;
  /** In the order in which the block declares them. */
  const float* const* parameters;
  /** [rows, output width], written by the forward half; the backward half does not look at it. */
  float* out;
  /** `savedPerRow` floats a row: the forward half writes them, the backward half reads them. */
  float* saved;
  /** Memory of either half's own; see BlockKernel::scratch. */
  float* scratch;
};

/** What the backward half of a block is given and computes besides. */
struct BlockGradients {
  /** The kernels among the parameters, transposed, in the places of the parameters. */
  const float* const* transposed;
  /** The gradient of the output. */
  const float* dy;
  /** The gradients of both inputs, which are written. */
  float* dx;
  float* dSkip;
  /** Gradients are added to what these hold. */
  float* const* parameters;
};

/** A length that follows from the widths of a block. */
enum class Length { NONE, ONE, WIDTH, THREE_WIDTHS, INNER };

/** A parameter of a block: a matrix, or a vector, which has no rows. */
struct BlockParameter {
  /** Its path in core's `block`. */
  const char* path;
  Length rows, columns;
  bool isOptional = false;
};

/** What an output row depends on besides parameters. */
enum class BlockInput {
  /** The row of x. */
  ROW,
  /** The rows of x and of the skip connection. */
  ROW_AND_SKIP,
  /** All rows of its event. */
  EVENT,
  /** The same, for a block in which the first row of an event must be an object. */
  EVENT_WITH_FIRST,
};

/** How a block takes the maps among its parameters if not as they are: rounded, in as many floats at most. */
struct MapRounding {
  /** Of a map [inputs, outputs], both even. */
  void (*map)(long inputs, long outputs, const float* map, float* to);
  /** Of its transpose. Two outputs are next to each other in a row of `to`; its rows lie `toRowStep` apart. */
  void (*transposed)(long inputs, long outputs, const float* map, float* to, long toRowStep);
};

/** One fused block: the one place where C++ says what it is. */
struct BlockKernel {
  /** Its kernel's name in core's `block`, by which JavaScript finds it. */
  const char* name;
  BlockInput input;
  /** Floats a row of the input and of the output. */
  Length inputWidth, outputWidth;
  /** In the alphabetical order of their paths. */
  const BlockParameter* parameters;
  long parameterCount;
  long (*savedPerRow)(const Widths&);
  /** Floats of scratch memory of either half, for a tile of `rows` rows, of which an event has `longest` at most. */
  long (*scratch)(const Widths&, long rows, long longest);
  void (*forward)(const BlockCall&);
  void (*backward)(const BlockCall&, const BlockGradients&);
  /** Null for a block that takes them as they are. */
  const MapRounding* rounding = nullptr;
};

/** Steps of Adam that do not depend on the parameter. */
struct AdamStep {
  double beta1, beta2, epsilon, rate, secondScale, scale;
};

/** Sizes of a product C [rows, columns] = A [rows, inner] B [inner, columns]. */
struct ProductSizes {
  long rows, columns, inner;
};
/** A[m, k] is at data[m * rowStep + k * columnStep]. One of the steps must be 1, so A may be transposed. */
struct LeftFactor {
  const float* data;
  long rowStep, columnStep;
};
/** B, row-major. */
struct RightFactor {
  const float* data;
  long rowStep;
};
/** C, row-major. */
struct ProductResult {
  float* data;
  long rowStep;
};

struct KernelTable {
  const char* instructionSet;

  void (*unary)(Unary, long count, const float* x, float* y);
  /** Steps are 0 for one number and 1 for an array. */
  void (*binary)(Binary, long count, const float* a, long aStep, const float* b, long bStep, float* y);
  void (*compare)(Comparison, long count, const float* a, long aStep, const float* b, long bStep, uint8_t* y);
  void (*select)(long count, const uint8_t* condition, const float* yes, const float* no, float* y);
  float (*reduce)(Reduction, long count, const float* x);
  void (*reduceColumns)(Reduction, long rows, long columns, const float* x, long rowStep, float* y);
  void (*softmax)(long rows, long columns, const float* x, float* y);
  /** to [columns, rows], its rows `toRowStep` apart, of from [rows, columns]. */
  void (*transpose)(long rows, long columns, const float* from, float* to, long toRowStep);
  /** C = A B, or C += A B if `sum`. */
  void (*product)(const ProductSizes&, LeftFactor a, RightFactor b, ProductResult c, bool sum);
  double (*sumOfSquares)(long count, const float* x);
  void (*adam)(const AdamStep&, long count, const float* gradient, float* weight, float* first, float* second);
  /** average += rate (weight - average). */
  void (*movingAverage)(long count, float rate, const float* weight, float* average);

  const BlockKernel* blocks;
  long blockCount;
};

extern const KernelTable plainKernels;
#if defined(__x86_64__)
extern const KernelTable avx2Kernels;
extern const KernelTable avx512Kernels;
#if defined(UNFOLD_HAS_BFLOAT16)
/** As avx512Kernels, with maps within blocks in bfloat16. */
extern const KernelTable bfloat16Kernels;
#endif
#endif

}  // namespace unfold
