// What is compiled once for each instruction set: functions of one thread, on memory that the caller has checked.
// Plain C types only; see isa/simd.h.
#pragma once
#include <stdint.h>
#include "operations.h"

namespace unfold {

// Parameters of the blocks, in the alphabetical order of their paths, as core's block() hands them over.
namespace gate {
enum Parameter { INPUT_BIAS, INPUT_KERNEL, SKIP_BIAS, SKIP_KERNEL, COUNT };
}
namespace attention {
enum Parameter { INPUT_BIAS, INPUT_KERNEL, OUTPUT_BIAS, OUTPUT_KERNEL, COUNT };
}
namespace norm {
enum Parameter { BIAS, SCALE, COUNT };
}
namespace linear {
enum Parameter { BIAS, KERNEL, COUNT };
}
namespace monotone {
enum Parameter { BIAS, INPUT_WEIGHT, OUTPUT_WEIGHT, COUNT };
}
namespace feed_forward {
enum Parameter {
  CONTRACT_BIAS,
  CONTRACT_KERNEL,
  EXPAND_BIAS,
  EXPAND_KERNEL,
  GATE,
  MIX_KERNEL = GATE + gate::COUNT,
  NORM,
  COUNT = NORM + norm::COUNT
};
}
namespace gated_attention {
enum Parameter { ATTENTION, GATE = ATTENTION + attention::COUNT, NORM = GATE + gate::COUNT, COUNT = NORM + norm::COUNT };
}

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

/**
 * One fused block, of the rows of one tile. `saved` holds what the backward half wants, `savedPerRow` floats a row;
 * `transposed` are the kernels among the parameters, transposed, in the places of the parameters. Gradients of
 * parameters are added to what `gradients` hold; `dx` and `dSkip` are written.
 */
struct BlockKernel {
  long (*savedPerRow)(const Widths&);
  /** Floats of scratch memory of either half, for a tile of `rows` rows, of which an event has `longest` at most. */
  long (*scratch)(const Widths&, long rows, long longest);
  /** `skip` is the gate's second input, of which only the gate on its own knows; elsewhere it is null. */
  void (*forward)(const Widths&, const Tile&, const float* x, const float* skip, const float* const* parameters,
                  float* out, float* saved, float* scratch);
  void (*backward)(const Widths&, const Tile&, const float* x, const float* skip, const float* const* parameters,
                   const float* const* transposed, const float* saved, const float* dy, float* dx, float* dSkip,
                   float* const* gradients, float* scratch);
};

/** Steps of Adam that do not depend on the parameter. */
struct AdamStep {
  double beta1, beta2, epsilon, rate, secondScale, scale;
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
  /** C [rows, columns] = A B; A as its steps have it, one of them 1; B row-major. Added to C if `sum`. */
  void (*product)(long rows, long columns, long inner, const float* a, long aRowStep, long aColumnStep, const float* b,
                  long bRowStep, float* c, long cRowStep, bool sum);
  double (*sumOfSquares)(long count, const float* x);
  void (*adam)(const AdamStep&, long count, const float* gradient, float* weight, float* first, float* second);
  /** average += rate (weight - average). */
  void (*movingAverage)(long count, float rate, const float* weight, float* average);

  BlockKernel linear, norm, gate, feedForward, attention, gatedAttention, gatedAttentionOfFirst, monotoneShare, monotoneSlope;
};

extern const KernelTable plainKernels;
#if defined(__x86_64__)
extern const KernelTable avx2Kernels;
extern const KernelTable avx512Kernels;
#endif

}  // namespace unfold
