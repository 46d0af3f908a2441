#include "arrays.h"
#include <algorithm>
#include <cstring>
#include <numeric>

namespace unfold {
namespace {

/** A multiple of every vector's length and of a cache line. */
constexpr long GRAIN = 1024;

/** Visits runs along the last dimension: work(index of the run, where it begins in the first and second array). */
template <class Work>
void forEachRun(const std::vector<long>& shape, const std::vector<long>& firstSteps,
                const std::vector<long>& secondSteps, long begin, long end, const Work& work) {
  const long outer = static_cast<long>(shape.size()) - 1;
  std::vector<long> at(outer > 0 ? outer : 0);
  long rest = begin, first = 0, second = 0;
  for (long d = outer - 1; d >= 0; d--) {
    at[d] = rest % shape[d];
    rest /= shape[d];
    first += at[d] * firstSteps[d];
    second += at[d] * secondSteps[d];
  }
  for (long run = begin; run < end; run++) {
    work(run, first, second);
    for (long d = outer - 1; d >= 0; d--) {
      first += firstSteps[d];
      second += secondSteps[d];
      if (++at[d] < shape[d]) break;
      first -= shape[d] * firstSteps[d];
      second -= shape[d] * secondSteps[d];
      at[d] = 0;
    }
  }
}

void checkSpread(const Spread& spread, long aSize, long bSize, long ySize) {
  if (spread.shape.empty()) throw Invalid("invalid shape: it has no dimensions");
  checkWalk(spread.shape, spread.aSteps, 0, aSize, "first input");
  checkWalk(spread.shape, spread.bSteps, 0, bSize, "second input");
  if (ySize != product(spread.shape)) throw Invalid("invalid output: its size is not that of the shape");
  for (const auto* steps : {&spread.aSteps, &spread.bSteps}) {
    if (steps->back() != 0 && steps->back() != 1) throw Invalid("invalid steps: the last is expected to be 0 or 1");
  }
}

/** work(count, a, b, y) on runs of the output along which the steps of a and b do not change. */
template <class Output, class Work>
void spreadOver(const Context& context, const Spread& spread, Array<const float> a, Array<const float> b,
                Array<Output> y, const Work& work) {
  // Names of their own: in C++17 a lambda captures no structured binding.
  const std::vector<long>&shape = spread.shape, &aSteps = spread.aSteps, &bSteps = spread.bSteps;
  const long size = y.size, length = shape.back();
  if (size == 0) return;
  if (shape.size() == 1) {
    return context.share(size, GRAIN, size, [&](long begin, long end) {
      work(end - begin, a.data + begin * aSteps[0], b.data + begin * bSteps[0], y.data + begin);
    });
  }
  context.share(size / length, 1, size, [&](long begin, long end) {
    forEachRun(shape, aSteps, bSteps, begin, end,
               [&](long run, long p, long q) { work(length, a.data + p, b.data + q, y.data + run * length); });
  });
}

/** Asks for a kernel of two inputs. */
template <class Kernel, class Operation, class Output>
void spreadLater(Context& context, Kernel kernel, Operation operation, const Spread& spread, Array<const float> a,
                 Array<const float> b, Array<Output> y) {
  checkSpread(spread, a.size, b.size, y.size);
  context.queue.add([=, &context] {
    spreadOver(context, spread, a, b, y, [&](long count, const float* p, const float* q, Output* out) {
      kernel(operation, count, p, spread.aSteps.back(), q, spread.bSteps.back(), out);
    });
  });
}

void reduceNow(const Context& context, Reduction reduction, const ReducedSizes& sizes, const float* x, float* y) {
  const KernelTable& kernels = *context.kernels;
  const long outer = sizes.outer, reduced = sizes.reduced, inner = sizes.inner;
  const double work = static_cast<double>(outer) * reduced * inner;
  if (inner == 1 && outer == 1) {
    // Portions of fixed length, whose results are reduced in turn.
    constexpr long PORTION = 8192;
    const long portions = (reduced + PORTION - 1) / PORTION;
    std::vector<float> partial(portions);
    context.share(portions, 1, work, [&](long begin, long end) {
      for (long i = begin; i < end; i++) {
        const long start = i * PORTION;
        partial[i] = kernels.reduce(reduction, reduced - start < PORTION ? reduced - start : PORTION, x + start);
      }
    });
    *y = kernels.reduce(reduction, portions, partial.data());
  } else if (inner == 1) {
    context.share(outer, 1, work, [&](long begin, long end) {
      for (long i = begin; i < end; i++) y[i] = kernels.reduce(reduction, reduced, x + i * reduced);
    });
  } else if (outer == 1) {
    context.share(inner, 16, work, [&](long begin, long end) {
      kernels.reduceColumns(reduction, reduced, end - begin, x + begin, inner, y + begin);
    });
  } else {
    context.share(outer, 1, work, [&](long begin, long end) {
      for (long i = begin; i < end; i++) {
        kernels.reduceColumns(reduction, reduced, inner, x + i * reduced * inner, inner, y + i * inner);
      }
    });
  }
}

void productNow(Context& context, const MatrixProduct& how, const float* a, const float* b, float* c) {
  const long batch = how.batch, rows = how.rows, columns = how.columns, inner = how.inner;
  const long aStep = how.aStep, bStep = how.bStep;
  const KernelTable& kernels = *context.kernels;
  const double work = 2.0 * batch * rows * columns * inner;
  if (how.transposeB) {
    // Row-major factors on the right are what the kernel takes.
    const long matrices = bStep == 0 ? 1 : batch;
    float* turned = context.transposed.atLeast(matrices * inner * columns);
    context.share(matrices, 1, static_cast<double>(matrices) * inner * columns, [&](long begin, long end) {
      for (long i = begin; i < end; i++) {
        kernels.transpose(columns, inner, b + i * inner * columns, turned + i * inner * columns, columns);
      }
    });
    b = turned;
  }
  // Portions of the inner dimension that leave both factors in the cache.
  constexpr long PORTION = 256;
  constexpr long ROWS = 24;
  const long aRowStep = how.transposeA ? 1 : inner, aColumnStep = how.transposeA ? rows : 1;
  const long strips = (rows + ROWS - 1) / ROWS;
  context.share(batch * strips, 1, work, [&](long begin, long end) {
    for (long i = begin; i < end; i++) {
      const long matrix = i / strips, row = i % strips * ROWS, count = rows - row < ROWS ? rows - row : ROWS;
      const float* left = a + matrix * aStep + row * aRowStep;
      const float* right = b + matrix * bStep;
      float* out = c + matrix * rows * columns + row * columns;
      if (inner == 0) std::memset(out, 0, sizeof(float) * count * columns);
      for (long k = 0; k < inner; k += PORTION) {
        kernels.product({count, columns, inner - k < PORTION ? inner - k : PORTION},
                        {left + k * aColumnStep, aRowStep, aColumnStep}, {right + k * columns, columns}, {out, columns},
                        k > 0);
      }
    }
  });
}

}  // namespace

void unary(Context& context, Unary operation, long count, const float* x, float* y) {
  context.queue.add([=, &context] {
    context.share(count, GRAIN, 4.0 * count,
                  [&](long begin, long end) { context.kernels->unary(operation, end - begin, x + begin, y + begin); });
  });
}

void binary(Context& context, Binary operation, const Spread& spread, Array<const float> a, Array<const float> b,
            Array<float> y) {
  spreadLater(context, context.kernels->binary, operation, spread, a, b, y);
}

void compare(Context& context, Comparison operation, const Spread& spread, Array<const float> a, Array<const float> b,
             Array<uint8_t> y) {
  spreadLater(context, context.kernels->compare, operation, spread, a, b, y);
}

void select(Context& context, long count, const uint8_t* condition, const float* yes, const float* no, float* y) {
  context.queue.add([=, &context] {
    context.share(count, GRAIN, count, [&](long begin, long end) {
      context.kernels->select(end - begin, condition + begin, yes + begin, no + begin, y + begin);
    });
  });
}

void fill(Context& context, float value, long count, float* y) {
  context.queue.add([=] { std::fill(y, y + count, value); });
}

void fill(Context& context, int32_t value, long count, int32_t* y) {
  context.queue.add([=] { std::fill(y, y + count, value); });
}

void convert(Context& context, long count, const int32_t* x, float* y) {
  context.queue.add([=] { std::copy(x, x + count, y); });
}

void convert(Context& context, long count, const uint8_t* x, float* y) {
  context.queue.add([=] { std::copy(x, x + count, y); });
}

void reduce(Context& context, Reduction reduction, const ReducedSizes& sizes, double scale, const float* x, float* y) {
  if (sizes.inner == 0) return;
  context.queue.add([=, &context] {
    reduceNow(context, reduction, sizes, x, y);
    if (scale == 1) return;
    for (long i = 0; i < sizes.outer * sizes.inner; i++) y[i] = static_cast<float>(y[i] * scale);
  });
}

void whereLeast(Context& context, long rows, long columns, const float* x, int32_t* y) {
  if (columns == 0) throw Invalid("invalid columns: expected one or more");
  context.queue.add([=, &context] {
    context.share(rows, 1, static_cast<double>(rows) * columns, [&](long begin, long end) {
      for (long i = begin; i < end; i++) {
        const float* row = x + i * columns;
        // Not std::min_element: like tfjs, a NaN in the first place stays the least.
        long least = 0;
        for (long j = 1; j < columns; j++) least = row[j] < row[least] ? j : least;
        y[i] = static_cast<int32_t>(least);
      }
    });
  });
}

void oneHot(Context& context, long depth, float on, float off, Array<const int32_t> indices, float* y) {
  context.queue.add([=] {
    std::fill(y, y + indices.size * depth, off);
    for (long i = 0; i < indices.size; i++) {
      const long index = indices.data[i];
      if (index >= 0 && index < depth) y[i * depth + index] = on;
    }
  });
}

void softmax(Context& context, long rows, long columns, const float* x, float* y) {
  if (columns == 0) return;
  context.queue.add([=, &context] {
    context.share(rows, 1, 8.0 * rows * columns, [&](long begin, long end) {
      context.kernels->softmax(end - begin, columns, x + begin * columns, y + begin * columns);
    });
  });
}

void copy(Context& context, const StridedCopy& how, Array<const uint32_t> from, Array<uint32_t> to) {
  if (how.shape.empty()) throw Invalid("invalid shape: it has no dimensions");
  checkWalk(how.shape, how.fromSteps, how.fromStart, from.size, "input");
  checkWalk(how.shape, how.toSteps, how.toStart, to.size, "output");
  const long size = product(how.shape);
  if (size == 0) return;
  context.queue.add([=, &context] {
    const long length = how.shape.back(), fromStep = how.fromSteps.back(), toStep = how.toSteps.back();
    context.share(size / length, 1, size, [&](long begin, long end) {
      forEachRun(how.shape, how.fromSteps, how.toSteps, begin, end, [&](long, long p, long q) {
        const uint32_t* source = from.data + how.fromStart + p;
        uint32_t* target = to.data + how.toStart + q;
        if (fromStep == 1 && toStep == 1) {
          std::memcpy(target, source, sizeof(uint32_t) * length);
        } else {
          for (long i = 0; i < length; i++) target[i * toStep] = source[i * fromStep];
        }
      });
    });
  });
}

void gather(Context& context, long outer, long rows, long inner, const uint32_t* x, Array<const int32_t> indices,
            uint32_t* y) {
  for (long i = 0; i < indices.size; i++) {
    if (indices.data[i] < 0 || indices.data[i] >= rows) {
      throw Invalid("invalid index: expected 0 to " + std::to_string(rows - 1) + ", got " +
                    std::to_string(indices.data[i]));
    }
  }
  if (inner == 0) return;
  context.queue.add([=, &context] {
    const long count = outer * indices.size;
    context.share(count, 1, static_cast<double>(count) * inner, [&](long begin, long end) {
      for (long i = begin; i < end; i++) {
        const long row = i / indices.size * rows + indices.data[i % indices.size];
        std::memcpy(y + i * inner, x + row * inner, sizeof(uint32_t) * inner);
      }
    });
  });
}

void segmentSum(Context& context, long segments, long inner, const float* x, Array<const int32_t> ids, float* y) {
  context.queue.add([=, &context] {
    // Each thread sums its own columns, so no two write to one place.
    context.share(inner, 16, static_cast<double>(ids.size) * inner, [&](long begin, long end) {
      for (long i = 0; i < segments; i++) std::memset(y + i * inner + begin, 0, sizeof(float) * (end - begin));
      for (long i = 0; i < ids.size; i++) {
        if (ids.data[i] < 0 || ids.data[i] >= segments) continue;
        float* sum = y + ids.data[i] * inner;
        for (long j = begin; j < end; j++) sum[j] += x[i * inner + j];
      }
    });
  });
}

void matrixProduct(Context& context, const MatrixProduct& how, const float* a, const float* b, float* c) {
  if (how.columns == 0) return;
  context.queue.add([=, &context] { productNow(context, how, a, b, c); });
}

double sumOfSquares(Context& context, const Arrays& arrays) {
  struct Portion {
    const float* x;
    long count;
  };
  constexpr long MOST = 65536;
  std::vector<Portion> portions;
  double work = 0;
  for (const auto& [x, size] : arrays) {
    for (long start = 0; start < size; start += MOST) portions.push_back({x + start, std::min(MOST, size - start)});
    work += size;
  }
  const long count = static_cast<long>(portions.size());
  std::vector<double> sums(count);
  context.now([&] {
    context.share(count, 1, work, [&](long begin, long end) {
      for (long i = begin; i < end; i++) sums[i] = context.kernels->sumOfSquares(portions[i].count, portions[i].x);
    });
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

namespace {

std::vector<long> sizesOf(const Arrays& arrays) {
  std::vector<long> sizes;
  for (const auto& each : arrays) sizes.push_back(each.size);
  return sizes;
}

}  // namespace

void adam(Context& context, const AdamStep& step, const Arrays& gradients, const Arrays& weights, const Arrays& first,
          const Arrays& second) {
  context.now([&] {
    context.shareAll(sizesOf(weights), 8, [&](size_t i, long begin, long end) {
      context.kernels->adam(step, end - begin, gradients[i].data + begin, weights[i].data + begin,
                            first[i].data + begin, second[i].data + begin);
    });
  });
}

void movingAverage(Context& context, float rate, const Arrays& weights, const Arrays& averages) {
  context.now([&] {
    context.shareAll(sizesOf(weights), 2, [&](size_t i, long begin, long end) {
      context.kernels->movingAverage(end - begin, rate, weights[i].data + begin, averages[i].data + begin);
    });
  });
}

}  // namespace unfold
