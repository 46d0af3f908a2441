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

/** What the forward half leaves for the backward half. */
struct Saved {
  float* statistics;
  Factor *mixed, *expanded, *branch, *gates;

  explicit Saved(const BlockCall& call) {
    const long rows = call.tile.rows, width = call.widths.width;
    Pieces pieces = {call.saved};
    mixed = pieces.factors(rows * width);
    expanded = pieces.factors(rows * call.widths.inner);
    branch = pieces.factors(rows * width);
    gates = pieces.factors(rows * gatesPerRow(call.widths));
    statistics = pieces.floats(2 * rows);
  }
};

static long savedPerRow(const Widths& widths) {
  return 2 + wordsOf(2 * widths.width + widths.inner + gatesPerRow(widths));
}

static long scratch(const Widths& widths, long rows, long) {
  return rows * (3 * widths.width + 2 * widths.inner + gatesPerRow(widths)) + roundedSize(rows * widths.width);
}

static void forward(const BlockCall& call) {
  const long rows = call.tile.rows, width = call.widths.width, inner = call.widths.inner;
  const float* const* p = call.parameters;
  const Saved keep(call);
  Pieces own = {call.scratch};
  const Factor* x = rounded(rows * width, call.x, own.rounded(rows * width));
  Factor* normal = own.factors(rows * width);
  Factor* activated = own.factors(rows * inner);
  affine(rows, width, width, x, p[MIX_KERNEL], nullptr, keep.mixed);
  normalise(partOf(call, NORM), keep.mixed, normal, keep.statistics);
  affine(rows, width, inner, normal, p[EXPAND_KERNEL], p[EXPAND_BIAS], keep.expanded);
  gelu(rows * inner, keep.expanded, activated);
  affine(rows, inner, width, activated, p[CONTRACT_KERNEL], p[CONTRACT_BIAS], keep.branch);
  gateForward(partOf(call, GATE), {keep.branch, x, call.x}, own.at, keep.gates, call.out);
}

static void backward(const BlockCall& call, const BlockGradients& gradients) {
  const long rows = call.tile.rows, width = call.widths.width, inner = call.widths.inner;
  const float* const* transposed = gradients.transposed;
  float* const* sums = gradients.parameters;
  const Saved kept(call);
  Pieces own = {call.scratch};
  const Factor* x = rounded(rows * width, call.x, own.rounded(rows * width));
  Factor* normal = own.factors(rows * width);
  Factor* dBranch = own.factors(rows * width);
  Factor* dNormal = own.factors(rows * width);
  Factor* activated = own.factors(rows * inner);
  Factor* dExpanded = own.factors(rows * inner);
  Factor* dGates = own.factors(rows * gatesPerRow(call.widths));

  gateBackward(partOf(call, GATE), partOf(gradients, GATE), {kept.branch, x, call.x}, kept.gates, gradients.dy,
               GateOutputs<Factor>{dGates, dBranch, gradients.dx});
  affineInputGradient(rows, inner, width, dBranch, transposed[CONTRACT_KERNEL], dExpanded);
  geluAndBackward(rows * inner, kept.expanded, dExpanded, activated, dExpanded);
  affineParameterGradients(rows, inner, width, activated, dBranch, sums[CONTRACT_KERNEL], sums[CONTRACT_BIAS]);
  const BlockCall norm = partOf(call, NORM);
  normaliseAgain(norm, kept.mixed, kept.statistics, normal);
  affineInputGradient(rows, width, inner, dExpanded, transposed[EXPAND_KERNEL], dNormal);
  affineParameterGradients(rows, width, inner, normal, dExpanded, sums[EXPAND_KERNEL], sums[EXPAND_BIAS]);
  normaliseBackward(norm, partOf(gradients, NORM), kept.mixed, kept.statistics, dNormal, dNormal, false);
  affineInputGradient(rows, width, width, dNormal, transposed[MIX_KERNEL], gradients.dx, Start::SUM);
  affineParameterGradients(rows, width, width, x, dNormal, sums[MIX_KERNEL], nullptr);
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
    mapRounding,
};

}  // namespace feed_forward_block
}  // namespace UNFOLD_ISA
}  // namespace unfold
