// gate(contract(gelu(expand(norm(mix(x))))), x): core's plainGatedFeedForward.
#pragma once
#include "gru_gate.h"
#include "layer_norm.h"
#include "linear.h"

namespace unfold {
namespace UNFOLD_ISA {
namespace feed_forward_block {

using namespace feed_forward;

/** What the forward half leaves for the backward half, one array after the other. */
template <class Float>
struct Saved {
  Float *mixed, *expanded, *branch, *gates, *statistics;

  Saved(const Widths& widths, long rows, Float* at)
      : mixed(at),
        expanded(mixed + rows * widths.width),
        branch(expanded + rows * widths.inner),
        gates(branch + rows * widths.width),
        statistics(gates + rows * gatesPerRow(widths)) {}
};

static long savedPerRow(const Widths& widths) { return 2 * widths.width + widths.inner + gatesPerRow(widths) + 2; }

static long scratch(const Widths& widths, long rows, long) {
  return rows * (3 * widths.width + 2 * widths.inner + gatesPerRow(widths));
}

static void forward(const Widths& widths, const Tile& tile, const float* x, const float*,
                    const float* const* parameters, float* out, float* saved, float* scratch) {
  const long rows = tile.rows, width = widths.width, inner = widths.inner;
  const Saved<float> keep(widths, rows, saved);
  float* normal = scratch;
  float* activated = normal + rows * width;
  affine(rows, width, width, x, parameters[MIX_KERNEL], nullptr, keep.mixed);
  normalise(rows, widths, keep.mixed, parameters + NORM, normal, keep.statistics);
  affine(rows, width, inner, normal, parameters[EXPAND_KERNEL], parameters[EXPAND_BIAS], keep.expanded);
  gelu(rows * inner, keep.expanded, activated);
  affine(rows, inner, width, activated, parameters[CONTRACT_KERNEL], parameters[CONTRACT_BIAS], keep.branch);
  gateForward(rows, widths, keep.branch, x, parameters + GATE, keep.gates, out);
}

static void backward(const Widths& widths, const Tile& tile, const float* x, const float*,
                     const float* const* parameters, const float* const* transposed, const float* saved,
                     const float* dy, float* dx, float*, float* const* gradients, float* scratch) {
  const long rows = tile.rows, width = widths.width, inner = widths.inner;
  const Saved<const float> kept(widths, rows, saved);
  float* normal = scratch;
  float* dBranch = normal + rows * width;
  float* dNormal = dBranch + rows * width;
  float* activated = dNormal + rows * width;
  float* dExpanded = activated + rows * inner;
  float* dGates = dExpanded + rows * inner;

  gateBackward(rows, widths, kept.branch, x, transposed + GATE, kept.gates, dy, dGates, dBranch, dx,
               gradients + GATE);
  affineInputGradient(rows, inner, width, dBranch, transposed[CONTRACT_KERNEL], dExpanded);
  geluAndBackward(rows * inner, kept.expanded, dExpanded, activated, dExpanded);
  affineParameterGradients(rows, inner, width, activated, dBranch, gradients[CONTRACT_KERNEL],
                           gradients[CONTRACT_BIAS]);
  normaliseAgain(rows, widths, kept.mixed, parameters + NORM, normal, kept.statistics);
  affineInputGradient(rows, width, inner, dExpanded, transposed[EXPAND_KERNEL], dNormal);
  affineParameterGradients(rows, width, inner, normal, dExpanded, gradients[EXPAND_KERNEL], gradients[EXPAND_BIAS]);
  normaliseBackward(rows, widths, kept.mixed, parameters + NORM, kept.statistics, dNormal, dNormal, false,
                    gradients + NORM);
  affineInputGradient(rows, width, width, dNormal, transposed[MIX_KERNEL], dx, Start::SUM);
  affineParameterGradients(rows, width, width, x, dNormal, gradients[MIX_KERNEL], nullptr);
}

constexpr BlockKernel kernel = {savedPerRow, scratch, forward, backward};

}  // namespace feed_forward_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
