#include "blocks.h"
#include <algorithm>
#include <cstring>

namespace unfold {
namespace {

/** Rows of a tile: few enough that its activations stay in the nearest caches. */
constexpr long TILE_ROWS = 96;

long lengthOf(Length length, const Widths& widths) {
  switch (length) {
    case Length::NONE: return 0;
    case Length::ONE: return 1;
    case Length::WIDTH: return widths.width;
    case Length::THREE_WIDTHS: return product(3, widths.width);
    case Length::INNER: return widths.inner;
  }
  throw Invalid("unknown length of a parameter");
}

bool attends(const BlockKernel& kernel) {
  return kernel.input == BlockInput::EVENT || kernel.input == BlockInput::EVENT_WITH_FIRST;
}

bool hasInner(const BlockKernel& kernel) {
  const BlockParameter *first = kernel.parameters, *end = first + kernel.parameterCount;
  return std::any_of(first, end, [](const BlockParameter& each) {
    return each.rows == Length::INNER || each.columns == Length::INNER;
  });
}

void checkFirsts(const BlockSizes& sizes) {
  for (long row = 0; sizes.mask && row < sizes.rows; row += sizes.objects) {
    if (sizes.mask[row] != 1) throw Invalid("invalid mask: the first object of an event must not be padding");
  }
}

void checkSizes(const BlockKernel& kernel, const BlockSizes& sizes) {
  const auto& [width, inner, heads, epsilon, gelu] = sizes.widths;
  if (sizes.rows < 0 || sizes.rows > INT32_MAX) throw Invalid("invalid rows: expected at most 2^31 - 1");
  if (width < 1 || (hasInner(kernel) && inner < 1)) throw Invalid("invalid width: expected at least 1");
  if (kernel.inputWidth == Length::ONE && width != 1) throw Invalid("invalid width: expected one number a row");
  if (!attends(kernel)) return;
  if (heads < 1 || width % heads != 0) throw Invalid("invalid heads: expected a divisor of the width");
  if (sizes.objects < 1 || sizes.rows % sizes.objects != 0) throw Invalid("invalid events: rows cannot be shared out");
  if (kernel.input == BlockInput::EVENT_WITH_FIRST) checkFirsts(sizes);
}

bool isObject(float mask) {
  if (mask != 0 && mask != 1) throw Invalid("invalid mask: expected 0 or 1, got " + std::to_string(mask));
  return mask == 1;
}

/** Fills in which rows are objects, and where events begin among them. */
void findObjects(Block& block, const BlockSizes& sizes) {
  const bool hasEvents = block.widths.heads > 0;
  if (hasEvents) block.eventStart.push_back(0);
  if (sizes.mask) block.index.reserve(sizes.rows);
  long found = 0;
  for (long row = 0; row < sizes.rows; row++) {
    if (!sizes.mask || isObject(sizes.mask[row])) {
      if (sizes.mask) block.index.push_back(static_cast<int32_t>(row));
      found++;
    }
    if (hasEvents && (row + 1) % sizes.objects == 0 && found > block.eventStart.back()) {
      block.eventStart.push_back(static_cast<int32_t>(found));
    }
  }
  block.rows = found;
  if (found == sizes.rows) block.index.clear();
}

/** Neighbouring rows that go through a block together. */
struct Portion {
  long firstRow, rows;
  /** Where its events begin, counted from firstRow, in Plan::eventStart. */
  long firstEvent, events;
};

/** Which part of the work computes which portions. */
struct Plan {
  std::vector<std::vector<Portion>> parts;
  std::vector<int32_t> eventStart;
  long mostRows = 0, longestEvent = 0;

  void add(std::vector<Portion>& part, const Portion& portion) {
    part.push_back(portion);
    mostRows = std::max(mostRows, portion.rows);
  }
};

/** Rows [begin, end) in portions of about equal length, of at most TILE_ROWS. */
void planRows(Plan& plan, long begin, long end, std::vector<Portion>& part) {
  constexpr long GRAIN = 8;
  const long tiles = (end - begin + TILE_ROWS - 1) / TILE_ROWS;
  if (tiles == 0) return;
  const long even = ((end - begin + tiles - 1) / tiles + GRAIN - 1) / GRAIN * GRAIN;
  for (long row = begin; row < end; row += even) plan.add(part, {row, std::min(even, end - row), 0, 0});
}

/** Events from `event` on that begin before row `end`, in portions of whole events. Returns the next event. */
long planEvents(Plan& plan, const std::vector<int32_t>& start, long event, long end, std::vector<Portion>& part) {
  const long count = static_cast<long>(start.size()) - 1;
  while (event < count && start[event] < end) {
    Portion portion = {start[event], 0, static_cast<long>(plan.eventStart.size()), 0};
    plan.eventStart.push_back(0);
    while (event < count && start[event] < end) {
      const long length = start[event + 1] - start[event];
      if (portion.events > 0 && portion.rows + length > TILE_ROWS) break;
      portion.rows += length;
      portion.events++;
      plan.eventStart.push_back(static_cast<int32_t>(portion.rows));
      plan.longestEvent = std::max(plan.longestEvent, length);
      event++;
    }
    plan.add(part, portion);
  }
  return event;
}

Plan planOf(const Context& context, const Block& block) {
  // Each part sums gradients of its own, so it had better be longer than a tile.
  const double operationsPerRow = 1e6 / (4 * TILE_ROWS);
  const int parts = context.partsFor(operationsPerRow * block.rows);
  constexpr long GRAIN = 8;
  Plan plan;
  plan.parts.resize(parts);
  long event = 0;
  for (int part = 0; part < parts; part++) {
    const long begin = block.rows * part / parts / GRAIN * GRAIN;
    const long end = part + 1 == parts ? block.rows : block.rows * (part + 1) / parts / GRAIN * GRAIN;
    if (block.eventStart.empty()) {
      planRows(plan, begin, end, plan.parts[part]);
    } else {
      event = planEvents(plan, block.eventStart, event, end, plan.parts[part]);
    }
  }
  return plan;
}

constexpr long LINE = Context::CACHE_LINE;

/** Hands out pieces of one piece of memory, each beginning on a cache line. */
class Pieces {
 public:
  explicit Pieces(float* at) : at_(at) {}
  float* take(long count) {
    float* piece = at_;
    at_ += (count + LINE - 1) / LINE * LINE;
    return piece;
  }

 private:
  float* at_;
};

/** One portion's rows next to each other: in place if there is no padding, otherwise copied to and fro. */
class RowsOfPortion {
 public:
  RowsOfPortion(const Block& block, const Portion& portion) : block_(block), portion_(portion) {}

  /** The rows of `all` [allRows, width]. */
  const float* gather(const float* all, long width, float* buffer) const {
    if (!all) return nullptr;
    if (block_.index.empty()) return all + portion_.firstRow * width;
    for (long i = 0; i < portion_.rows; i++) {
      std::memcpy(buffer + i * width, all + at(i) * width, sizeof(float) * width);
    }
    return buffer;
  }

  /** Where to write the rows of `all`. */
  float* target(float* all, long width, float* buffer) const {
    if (!all) return nullptr;
    return block_.index.empty() ? all + portion_.firstRow * width : buffer;
  }

  /** Puts what was written to `target` in its place, and 0 in the padding before it. */
  void scatter(const float* buffer, long width, float* all) const {
    if (!all || block_.index.empty()) return;
    for (long i = 0; i < portion_.rows; i++) {
      clear(all, width, previous(i) + 1, at(i));
      std::memcpy(all + at(i) * width, buffer + i * width, sizeof(float) * width);
    }
    if (portion_.firstRow + portion_.rows == block_.rows) {
      clear(all, width, block_.index.back() + 1, block_.allRows);
    }
  }

  static void clear(float* all, long width, long begin, long end) {
    if (begin < end) std::memset(all + begin * width, 0, sizeof(float) * width * (end - begin));
  }

 private:
  long at(long i) const { return block_.index[portion_.firstRow + i]; }
  long previous(long i) const { return portion_.firstRow + i == 0 ? -1 : at(i - 1); }

  const Block& block_;
  const Portion& portion_;
};

/** What a thread needs for itself. Sizes are the same for every portion. */
struct Workspace {
  float *x, *skip, *out, *dy, *dx, *dSkip, *saved, *scratch;

  static long size(const Block& block, const Plan& plan) {
    const long rows = plan.mostRows;
    return rows * (4 * block.inputWidth + 2 * block.outputWidth) + rows * block.kernel->savedPerRow(block.widths) +
           block.kernel->scratch(block.widths, rows, plan.longestEvent) + 8 * LINE;
  }

  Workspace(const Block& block, const Plan& plan, float* memory) {
    Pieces pieces(memory);
    const long inputs = plan.mostRows * block.inputWidth, outputs = plan.mostRows * block.outputWidth;
    x = pieces.take(inputs);
    skip = pieces.take(inputs);
    dx = pieces.take(inputs);
    dSkip = pieces.take(inputs);
    out = pieces.take(outputs);
    dy = pieces.take(outputs);
    saved = pieces.take(plan.mostRows * block.kernel->savedPerRow(block.widths));
    scratch = pieces.take(block.kernel->scratch(block.widths, plan.mostRows, plan.longestEvent));
  }
};

/** work(part, portions, memory of the thread) for every part. */
template <class Work>
void runPlan(Context& context, const Block& block, const Plan& plan, const Work& work) {
  // Allocated here: an exception must not leave a thread.
  const long size = Workspace::size(block, plan);
  for (int worker = 0; worker < context.threads; worker++) context.scratch[worker].atLeast(size);
  const int parts = static_cast<int>(plan.parts.size());
  ThreadPool::shared().run(context.queue.crew(), parts, [&](int part, int worker) {
    work(part, plan.parts[part], Workspace(block, plan, context.scratch[worker].atLeast(size)));
  });
}

Tile tileOf(const Plan& plan, const Portion& portion) {
  return {portion.rows, portion.events, plan.eventStart.data() + portion.firstEvent};
}

/** prepare(i, begin, end, pieces[i]) for rows, or pairs of rows, of each kernel: the results in the parameters' places.
 */
template <class Prepare>
std::vector<const float*> preparedKernels(Context& context, const Block& block, Memory& memory, long rowsAtOnce,
                                          const Prepare& prepare) {
  long size = 0, kernelRows = 0;
  std::vector<long> rows;
  for (const ParameterShape& shape : block.shapes) {
    size += shape.size() + LINE;
    rows.push_back(shape.rows / rowsAtOnce);
    kernelRows += shape.rows / rowsAtOnce;
  }
  Pieces pieces(memory.atLeast(size));
  std::vector<float*> to(rows.size());
  for (size_t i = 0; i < to.size(); i++) to[i] = rows[i] == 0 ? nullptr : pieces.take(block.shapes[i].size());
  if (kernelRows > 0) {
    context.shareAll(rows, static_cast<double>(size) / kernelRows,
                     [&](size_t i, long begin, long end) { prepare(i, begin * rowsAtOnce, end * rowsAtOnce, to[i]); });
  }
  return {to.begin(), to.end()};
}

/** The parameters, the kernels among them as the forward half takes them. */
std::vector<const float*> roundedParameters(Context& context, const Block& block,
                                            const std::vector<const float*>& parameters) {
  const MapRounding* rounding = block.kernel->rounding;
  if (!rounding) return parameters;
  auto prepared = preparedKernels(context, block, context.rounded, 2, [&](size_t i, long begin, long end, float* to) {
    const long columns = block.shapes[i].columns;
    rounding->map(end - begin, columns, parameters[i] + begin * columns, to + begin / 2 * columns);
  });
  for (size_t i = 0; i < prepared.size(); i++) {
    if (!prepared[i]) prepared[i] = parameters[i];
  }
  return prepared;
}

/** The kernels among the parameters transposed, null in the places of the others. */
std::vector<const float*> transposedKernels(Context& context, const Block& block,
                                            const std::vector<const float*>& parameters) {
  const auto* rounding = block.kernel->rounding;
  const auto transpose = rounding ? rounding->transposed : context.kernels->transpose;
  return preparedKernels(context, block, context.transposed, 1, [&](size_t i, long begin, long end, float* to) {
    const ParameterShape& shape = block.shapes[i];
    transpose(end - begin, shape.columns, parameters[i] + begin * shape.columns, to + begin, shape.rows);
  });
}

/** Where each part sums its gradients: the first in the results, every other in memory of its own. */
std::vector<std::vector<float*>> gradientsOfParts(Context& context, const Block& block, size_t parts,
                                                  const std::vector<float*>& results) {
  long size = 0;
  for (const ParameterShape& shape : block.shapes) size += shape.size() + LINE;
  std::vector<std::vector<float*>> all(parts, results);
  for (size_t part = 1; part < parts; part++) {
    Pieces pieces(context.gradients[part].atLeast(size));
    for (size_t i = 0; i < results.size(); i++) {
      all[part][i] = results[i] ? pieces.take(block.shapes[i].size()) : nullptr;
    }
  }
  return all;
}

void clearGradients(const Block& block, const std::vector<float*>& gradients) {
  for (size_t i = 0; i < gradients.size(); i++) {
    if (gradients[i]) std::memset(gradients[i], 0, sizeof(float) * block.shapes[i].size());
  }
}

void sumGradients(const Context& context, const Block& block, const std::vector<std::vector<float*>>& parts) {
  if (parts.size() == 1) return;
  std::vector<long> sizes;
  for (size_t i = 0; i < parts[0].size(); i++) sizes.push_back(parts[0][i] ? block.shapes[i].size() : 0);
  context.shareAll(sizes, static_cast<double>(parts.size()), [&](size_t i, long begin, long end) {
    float* sum = parts[0][i] + begin;
    for (size_t part = 1; part < parts.size(); part++) {
      context.kernels->binary(Binary::Add, end - begin, sum, 1, parts[part][i] + begin, 1, sum);
    }
  });
}

/** What a block is called with for one portion, on its thread's memory. */
BlockCall callOf(const Block& block, const Plan& plan, const Portion& portion, const BlockArrays& arrays,
                 const float* const* parameters, const Workspace& own) {
  const RowsOfPortion rows(block, portion);
  const long savedPerRow = block.kernel->savedPerRow(block.widths);
  BlockCall call = {};
  call.widths = block.widths;
  call.tile = tileOf(plan, portion);
  call.x = rows.gather(arrays.x, block.inputWidth, own.x);
  call.skip = rows.gather(arrays.skip, block.inputWidth, own.skip);
  call.parameters = parameters;
  call.out = arrays.out ? rows.target(arrays.out, block.outputWidth, own.out) : own.out;
  call.saved = arrays.saved ? arrays.saved + portion.firstRow * savedPerRow : own.saved;
  call.scratch = own.scratch;
  return call;
}

void forwardNow(Context& context, const Block& block, const Plan& plan, const BlockArrays& arrays) {
  if (block.rows == 0) return RowsOfPortion::clear(arrays.out, block.outputWidth, 0, block.allRows);
  const auto parameters = roundedParameters(context, block, arrays.parameters);
  runPlan(context, block, plan, [&](int, const std::vector<Portion>& portions, const Workspace& own) {
    for (const Portion& portion : portions) {
      block.kernel->forward(callOf(block, plan, portion, arrays, parameters.data(), own));
      RowsOfPortion(block, portion).scatter(own.out, block.outputWidth, arrays.out);
    }
  });
}

void backwardNow(Context& context, const Block& block, const Plan& plan, const BlockArrays& arrays,
                 const BlockGradientArrays& gradients) {
  if (block.rows == 0) {
    clearGradients(block, gradients.parameters);
    RowsOfPortion::clear(gradients.dx, block.inputWidth, 0, block.allRows);
    return;
  }
  // The forward half alone multiplies by them as they are.
  const auto parameters = arrays.saved ? arrays.parameters : roundedParameters(context, block, arrays.parameters);
  const auto transposed = transposedKernels(context, block, arrays.parameters);
  const auto sums = gradientsOfParts(context, block, plan.parts.size(), gradients.parameters);
  runPlan(context, block, plan, [&](int part, const std::vector<Portion>& portions, const Workspace& own) {
    clearGradients(block, sums[part]);
    for (const Portion& portion : portions) {
      const RowsOfPortion rows(block, portion);
      const BlockCall call = callOf(block, plan, portion, arrays, parameters.data(), own);
      if (!arrays.saved) block.kernel->forward(call);
      BlockGradients changes = {};
      changes.transposed = transposed.data();
      changes.dy = rows.gather(gradients.dy, block.outputWidth, own.dy);
      changes.dx = rows.target(gradients.dx, block.inputWidth, own.dx);
      changes.dSkip = rows.target(gradients.dSkip, block.inputWidth, own.dSkip);
      changes.parameters = sums[part].data();
      block.kernel->backward(call, changes);
      rows.scatter(own.dx, block.inputWidth, gradients.dx);
      rows.scatter(own.dSkip, block.inputWidth, gradients.dSkip);
    }
  });
  sumGradients(context, block, sums);
}

}  // namespace

Block makeBlock(const BlockKernel& kernel, const BlockSizes& sizes) {
  checkSizes(kernel, sizes);
  Block block = {};
  block.kernel = &kernel;
  block.widths = sizes.widths;
  if (!attends(kernel)) block.widths.heads = 0;
  block.allRows = sizes.rows;
  block.inputWidth = lengthOf(kernel.inputWidth, sizes.widths);
  block.outputWidth = lengthOf(kernel.outputWidth, sizes.widths);
  for (long i = 0; i < kernel.parameterCount; i++) {
    const BlockParameter& each = kernel.parameters[i];
    block.shapes.push_back({lengthOf(each.rows, sizes.widths), lengthOf(each.columns, sizes.widths)});
  }
  findObjects(block, sizes);
  return block;
}

void forward(Context& context, Block block, const BlockArrays& arrays) {
  Plan plan = planOf(context, block);
  context.queue.add(
      [=, &context, block = std::move(block), plan = std::move(plan)] { forwardNow(context, block, plan, arrays); });
}

void backward(Context& context, Block block, const BlockArrays& arrays, const BlockGradientArrays& gradients) {
  Plan plan = planOf(context, block);
  context.queue.add([=, &context, block = std::move(block), plan = std::move(plan)] {
    backwardNow(context, block, plan, arrays, gradients);
  });
}

}  // namespace unfold
