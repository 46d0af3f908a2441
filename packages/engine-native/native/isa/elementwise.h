// Kernels that go through arrays once.
#pragma once
#include "../kernels.h"
#include "vector_math.h"

namespace unfold {
namespace UNFOLD_ISA {

template <class Function>
INLINE void mapVectors(long count, const float* x, float* y, Function f) {
  forEachVector(count, [&](long i, auto lanes) { store(y + i, f(load(x + i, lanes)), lanes); });
}

template <class Function>
INLINE void mapNumbers(long count, const float* x, float* y, Function f) {
  for (long i = 0; i < count; i++) y[i] = f(x[i]);
}

INLINE float softplus(float x) { return (x > 0 ? x : 0.0f) + log1pf(expf(-fabsf(x))); }

static void unary(Unary operation, long count, const float* x, float* y) {
  switch (operation) {
    case Unary::Neg: return mapVectors(count, x, y, [](Vector v) { return -v; });
    case Unary::Abs: return mapVectors(count, x, y, [](Vector v) { return (Vector)((Integers)v & 0x7fffffff); });
    case Unary::Square: return mapVectors(count, x, y, [](Vector v) { return v * v; });
    case Unary::Sqrt: return mapVectors(count, x, y, [](Vector v) { return squareRoot(v); });
    case Unary::Rsqrt: return mapVectors(count, x, y, [](Vector v) { return 1.0f / squareRoot(v); });
    case Unary::Reciprocal: return mapVectors(count, x, y, [](Vector v) { return 1.0f / v; });
    case Unary::Exp: return mapVectors(count, x, y, [](Vector v) { return exponential(v); });
    case Unary::Expm1: return mapNumbers(count, x, y, [](float v) { return expm1f(v); });
    case Unary::Log: return mapNumbers(count, x, y, [](float v) { return logf(v); });
    case Unary::Log1p: return mapNumbers(count, x, y, [](float v) { return log1pf(v); });
    case Unary::Sigmoid: return mapVectors(count, x, y, [](Vector v) { return sigmoid(v); });
    case Unary::Tanh: return mapVectors(count, x, y, [](Vector v) { return hyperbolicTangent(v); });
    case Unary::Erf: return mapVectors(count, x, y, [](Vector v) { return errorFunction(v); });
    case Unary::Softplus: return mapNumbers(count, x, y, [](float v) { return softplus(v); });
    // NaN passes through the second argument.
    case Unary::Relu: return mapVectors(count, x, y, [](Vector v) { return maximum(Vector{}, v); });
    case Unary::Step:
      return mapVectors(count, x, y,
                        [](Vector v) { return select(v != v, v, select(v > Vector{}, broadcast(1), Vector{})); });
    // Halves to the even neighbour.
    case Unary::Round: return mapNumbers(count, x, y, [](float v) { return rintf(v); });
    case Unary::Sin: return mapNumbers(count, x, y, [](float v) { return sinf(v); });
    case Unary::Cos: return mapNumbers(count, x, y, [](float v) { return cosf(v); });
    case Unary::Sinh: return mapVectors(count, x, y, [](Vector v) { return hyperbolicSine(v); });
    case Unary::Cosh: return mapVectors(count, x, y, [](Vector v) { return hyperbolicCosine(v); });
    case Unary::Asinh: return mapNumbers(count, x, y, [](float v) { return asinhf(v); });
    case Unary::COUNT: return;
  }
}

template <class Function>
INLINE void zipVectors(long count, const float* a, long aStep, const float* b, long bStep, float* y, Function f) {
  if (aStep == 1 && bStep == 1) {
    forEachVector(count, [&](long i, auto lanes) { store(y + i, f(load(a + i, lanes), load(b + i, lanes)), lanes); });
  } else if (aStep == 1) {
    const Vector every = broadcast(*b);
    forEachVector(count, [&](long i, auto lanes) { store(y + i, f(load(a + i, lanes), every), lanes); });
  } else if (bStep == 1) {
    const Vector every = broadcast(*a);
    forEachVector(count, [&](long i, auto lanes) { store(y + i, f(every, load(b + i, lanes)), lanes); });
  } else {
    const Vector every = f(broadcast(*a), broadcast(*b));
    forEachVector(count, [&](long i, auto lanes) { store(y + i, every, lanes); });
  }
}

INLINE Vector largest(Vector a, Vector b) { return select((a > b) | (a != a), a, b); }
INLINE Vector smallest(Vector a, Vector b) { return select((a < b) | (a != a), a, b); }

static void binary(Binary operation, long count, const float* a, long aStep, const float* b, long bStep, float* y) {
  const auto zip = [&](auto f) { zipVectors(count, a, aStep, b, bStep, y, f); };
  switch (operation) {
    case Binary::Add: return zip([](Vector p, Vector q) { return p + q; });
    case Binary::Sub: return zip([](Vector p, Vector q) { return p - q; });
    case Binary::Multiply: return zip([](Vector p, Vector q) { return p * q; });
    case Binary::RealDiv: return zip([](Vector p, Vector q) { return p / q; });
    case Binary::Maximum: return zip([](Vector p, Vector q) { return largest(p, q); });
    case Binary::Minimum: return zip([](Vector p, Vector q) { return smallest(p, q); });
    case Binary::SquaredDifference: return zip([](Vector p, Vector q) { return (p - q) * (p - q); });
    case Binary::Pow:
      for (long i = 0; i < count; i++) y[i] = powf(a[i * aStep], b[i * bStep]);
      return;
    case Binary::Atan2:
      for (long i = 0; i < count; i++) y[i] = atan2f(a[i * aStep], b[i * bStep]);
      return;
    case Binary::COUNT: return;
  }
}

static void compare(Comparison operation, long count, const float* a, long aStep, const float* b, long bStep,
                    uint8_t* y) {
  const auto zip = [&](auto f) {
    for (long i = 0; i < count; i++) y[i] = f(a[i * aStep], b[i * bStep]) ? 1 : 0;
  };
  switch (operation) {
    case Comparison::Greater: return zip([](float p, float q) { return p > q; });
    case Comparison::GreaterEqual: return zip([](float p, float q) { return p >= q; });
    case Comparison::Less: return zip([](float p, float q) { return p < q; });
    case Comparison::LessEqual: return zip([](float p, float q) { return p <= q; });
    case Comparison::Equal: return zip([](float p, float q) { return p == q; });
    case Comparison::NotEqual: return zip([](float p, float q) { return p != q; });
    case Comparison::COUNT: return;
  }
}

static void selectNumbers(long count, const uint8_t* condition, const float* yes, const float* no, float* y) {
  for (long i = 0; i < count; i++) y[i] = condition[i] ? yes[i] : no[i];
}

INLINE Vector combine(Reduction reduction, Vector a, Vector x) {
  if (reduction == Reduction::Sum) return a + x;
  // Either keeps a NaN that it has met.
  if (reduction == Reduction::Max) return select((x > a) | (x != x), x, a);
  return select((x < a) | (x != x), x, a);
}

INLINE float neutral(Reduction reduction) {
  if (reduction == Reduction::Sum) return 0;
  return reduction == Reduction::Max ? -INFINITY : INFINITY;
}

INLINE float combineNumbers(Reduction reduction, float a, float x) {
  if (reduction == Reduction::Sum) return a + x;
  if (reduction == Reduction::Max) return x > a || x != x ? x : a;
  return x < a || x != x ? x : a;
}

static float reduce(Reduction reduction, long count, const float* x) {
  Vector partial[4];
  for (Vector& each : partial) each = broadcast(neutral(reduction));
  long i = 0;
  for (; i + 4 * LANES <= count; i += 4 * LANES) {
    for (long j = 0; j < 4; j++) partial[j] = combine(reduction, partial[j], load(x + i + j * LANES));
  }
  for (; i + LANES <= count; i += LANES) partial[0] = combine(reduction, partial[0], load(x + i));
  const Vector all =
      combine(reduction, combine(reduction, partial[0], partial[1]), combine(reduction, partial[2], partial[3]));
  float result = all[0];
  for (long j = 1; j < LANES; j++) result = combineNumbers(reduction, result, all[j]);
  for (; i < count; i++) result = combineNumbers(reduction, result, x[i]);
  return result;
}

static void reduceColumns(Reduction reduction, long rows, long columns, const float* x, long rowStep, float* y) {
  forEachVector(columns, [&](long j, auto lanes) {
    Vector even = broadcast(neutral(reduction)), odd = even;
    long i = 0;
    for (; i + 1 < rows; i += 2) {
      even = combine(reduction, even, load(x + i * rowStep + j, lanes));
      odd = combine(reduction, odd, load(x + (i + 1) * rowStep + j, lanes));
    }
    if (i < rows) even = combine(reduction, even, load(x + i * rowStep + j, lanes));
    store(y + j, combine(reduction, even, odd), lanes);
  });
}

static void softmax(long rows, long columns, const float* x, float* y) {
  for (long i = 0; i < rows; i++, x += columns, y += columns) {
    const float top = reduce(Reduction::Max, columns, x);
    forEachVector(columns, [&](long j, auto lanes) { store(y + j, exponential(load(x + j, lanes) - top), lanes); });
    const float sum = reduce(Reduction::Sum, columns, y);
    const float scale = 1.0f / sum;
    forEachVector(columns, [&](long j, auto lanes) { store(y + j, load(y + j, lanes) * scale, lanes); });
  }
}

static double sumOfSquares(long count, const float* x) {
  // Few enough to a partial sum that float32 keeps six digits of each.
  constexpr long PORTION = 1024;
  double sum = 0;
  for (long start = 0; start < count; start += PORTION) {
    const long length = count - start < PORTION ? count - start : PORTION;
    Vector even = {}, odd = {};
    long i = start;
    const long end = start + length;
    for (; i + 2 * LANES <= end; i += 2 * LANES) {
      const Vector p = load(x + i), q = load(x + i + LANES);
      even += p * p;
      odd += q * q;
    }
    for (; i < end; i++) sum += (double)x[i] * x[i];
    const Vector both = even + odd;
    for (long j = 0; j < LANES; j++) sum += both[j];
  }
  return sum;
}

static void adam(const AdamStep& step, long count, const float* gradient, float* weight, float* first, float* second) {
  const float beta1 = (float)step.beta1, beta2 = (float)step.beta2, scale = (float)step.scale;
  // Rounded after the subtraction: 1 - 0.999f would be wrong in its fifth digit.
  const float rest1 = (float)(1 - step.beta1), rest2 = (float)(1 - step.beta2);
  const float rate = (float)step.rate, secondScale = (float)step.secondScale, epsilon = (float)step.epsilon;
  forEachVector(count, [&](long i, auto lanes) {
    const Vector g = load(gradient + i, lanes) * scale;
    const Vector m = beta1 * load(first + i, lanes) + rest1 * g;
    const Vector v = beta2 * load(second + i, lanes) + rest2 * g * g;
    store(first + i, m, lanes);
    store(second + i, v, lanes);
    store(weight + i, load(weight + i, lanes) - rate * m / (squareRoot(v * secondScale) + epsilon), lanes);
  });
}

static void movingAverage(long count, float rate, const float* weight, float* average) {
  forEachVector(count, [&](long i, auto lanes) {
    const Vector before = load(average + i, lanes);
    store(average + i, before + rate * (load(weight + i, lanes) - before), lanes);
  });
}

}  // namespace UNFOLD_ISA
}  // namespace unfold
