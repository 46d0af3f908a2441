// The tfjs kernels of one or two arguments that are computed here, by their tfjs names: the one place that lists them.
#pragma once

#define UNFOLD_UNARY(X)                                                                                          \
  X(Neg)                                                                                                         \
  X(Abs)                                                                                                         \
  X(Square) X(Sqrt) X(Rsqrt) X(Reciprocal) X(Exp) X(Expm1) X(Log) X(Log1p) X(Sigmoid) X(Tanh) X(Erf) X(Softplus) \
      X(Relu) X(Step) X(Round) X(Sin) X(Cos) X(Sinh) X(Cosh) X(Asinh)
#define UNFOLD_BINARY(X) X(Add) X(Sub) X(Multiply) X(RealDiv) X(Maximum) X(Minimum) X(SquaredDifference) X(Pow) \
  X(Atan2)
#define UNFOLD_COMPARISON(X) X(Greater) X(GreaterEqual) X(Less) X(LessEqual) X(Equal) X(NotEqual)
#define UNFOLD_REDUCTION(X) X(Sum) X(Max) X(Min)

namespace unfold {

#define UNFOLD_MEMBER(name) name,
enum class Unary { UNFOLD_UNARY(UNFOLD_MEMBER) COUNT };
enum class Binary { UNFOLD_BINARY(UNFOLD_MEMBER) COUNT };
enum class Comparison { UNFOLD_COMPARISON(UNFOLD_MEMBER) COUNT };
enum class Reduction { UNFOLD_REDUCTION(UNFOLD_MEMBER) COUNT };
#undef UNFOLD_MEMBER

}  // namespace unfold
