// gate(contract(gelu(expand(norm(mix(x))))), x): core's plainGatedFeedForward.
#pragma once
#include "gru_gate.h"
#include "layer_norm.h"
#include "linear.h"

namespace unfold {
namespace UNFOLD_ISA {
namespace feed_forward_block {

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

constexpr BlockParameter parameters[COUNT] = {
    vectorParameter("contract.bias", Length::WIDTH),
    matrixParameter("contract.kernel", Length::INNER, Length::WIDTH),
    vectorParameter("expand.bias", Length::INNER),
    matrixParameter("expand.kernel", Length::WIDTH, Length::INNER),
    UNFOLD_GATE_PARAMETERS,
    matrixParameter("mix.kernel", Length::WIDTH, Length::WIDTH),
    UNFOLD_NORM_PARAMETERS("norm."),
};

/** What the forward half leaves for the backward half, one array after the other. */
struct Saved {
  float *mixed, *expanded, *branch, *gates, *statistics;

  explicit Saved(const BlockCall& call)
      : mixed(call.saved),
        expanded(mixed + call.tile.rows * call.widths.width),
        branch(expanded + call.tile.rows * call.widths.inner),
        gates(branch + call.tile.rows * call.widths.width),
        statistics(gates + call.tile.rows * gatesPerRow(call.widths)) {}
};

static long savedPerRow(const Widths& widths) { return 2 * widths.width + widths.inner + gatesPerRow(widths) + 2; }

static long scratch(const Widths& widths, long rows, long) {
  return rows * (3 * widths.width + 2 * widths.inner + gatesPerRow(widths));
}

static void forward(const BlockCall& call) {
  const long rows = call.tile.rows, width = call.widths.width, inner = call.widths.inner;
  const float* const* p = call.parameters;
  const Saved keep(call);
  float* normal = call.scratch;
  float* activated = normal + rows * width;
  affine(rows, width, width, call.x, p[MIX_KERNEL], nullptr, keep.mixed);
  normalise(partOf(call, NORM, keep.mixed, normal, keep.statistics));
  affine(rows, width, inner, normal, p[EXPAND_KERNEL], p[EXPAND_BIAS], keep.expanded);
  gelu(rows * inner, keep.expanded, activated);
  affine(rows, inner, width, activated, p[CONTRACT_KERNEL], p[CONTRACT_BIAS], keep.branch);
  BlockCall gate = partOf(call, GATE, keep.branch, call.out, keep.gates);
  gate.skip = call.x;
  gateForward(gate);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const long rows = call.tile.rows, width = call.widths.width, inner = call.widths.inner;
  const float* const* transposed = gradients.transposed;
  float* const* sums = gradients.parameters;
  const Saved kept(call);
  float* normal = call.scratch;
  float* dBranch = normal + rows * width;
  float* dNormal = dBranch + rows * width;
  float* activated = dNormal + rows * width;
  float* dExpanded = activated + rows * inner;

  BlockCall gate = partOf(call, GATE, kept.branch, nullptr, kept.gates);
  gate.skip = call.x;
  gate.scratch = dExpanded + rows * inner;
  BlockGradients ofGate = partOf(gradients, GATE, gradients.dy, dBranch);
  ofGate.dSkip = gradients.dx;
  gateBackward(gate, ofGate);
  affineInputGradient(rows, inner, width, dBranch, transposed[CONTRACT_KERNEL], dExpanded);
  geluAndBackward(rows * inner, kept.expanded, dExpanded, activated, dExpanded);
  affineParameterGradients(rows, inner, width, activated, dBranch, sums[CONTRACT_KERNEL], sums[CONTRACT_BIAS]);
  const BlockCall norm = partOf(call, NORM, kept.mixed, normal, kept.statistics);
  normaliseAgain(norm);
  affineInputGradient(rows, width, inner, dExpanded, transposed[EXPAND_KERNEL], dNormal);
  affineParameterGradients(rows, width, inner, normal, dExpanded, sums[EXPAND_KERNEL], sums[EXPAND_BIAS]);
  normaliseBackward(norm, partOf(gradients, NORM, dNormal, dNormal), false);
  affineInputGradient(rows, width, width, dNormal, transposed[MIX_KERNEL], gradients.dx, Start::SUM);
  affineParameterGradients(rows, width, width, call.x, dNormal, sums[MIX_KERNEL], nullptr);
}

constexpr BlockKernel kernel = {
    "UnfoldGatedFeedForward",
    BlockInput::ROW,
    Length::WIDTH,
    Length::WIDTH,
    parameters,
    COUNT,
    savedPerRow,
    scratch,
    forward,
    backward,
};

}  // namespace feed_forward_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
