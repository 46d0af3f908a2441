// What one JavaScript thread's calls share.
#pragma once
#include <string>
#include <vector>
#include "kernels.h"
#include "memory.h"
#include "queue.h"
#include "sizes.h"

namespace unfold {

/** Memory is for the queue's work alone; what is called to ask for work touches none of it. */
struct Context {
  const KernelTable* kernels = &plainKernels;
  /** What blocks are computed with: `kernels`, or the same with products of bfloat16. */
  const KernelTable* blockKernels = &plainKernels;
  int threads = 1;
  Queue queue;

  /** Each worker's own memory. */
  std::vector<Memory> scratch;
  /** Each part's own sums. */
  std::vector<Memory> gradients;
  /** Rounded and transposed kernels, made before the parts begin. */
  Memory rounded, transposed;

  void useThreads(int count) {
    queue.useWorkers(count);
    threads = count;
    if (static_cast<int>(scratch.size()) < count) scratch.resize(count);
    if (static_cast<int>(gradients.size()) < count * MOST_PARTS) gradients.resize(count * MOST_PARTS);
  }

  /** Parts that a thread gets of much work, at most: the more, the less it matters if one is held up. */
  static constexpr int MOST_PARTS = 4;

  /** How many parts to divide `operations` into: one if they are too few to share. */
  int partsFor(double operations) const {
    constexpr double WORTH_SHARING = 20000, WORTH_DIVIDING = 1e6;
    if (threads == 1 || operations < WORTH_SHARING) return 1;
    const double more = operations / (threads * WORTH_DIVIDING);
    return threads * (more >= MOST_PARTS ? MOST_PARTS : more > 1 ? static_cast<int>(more) : 1);
  }

  /** Does `work` now. */
  template <class Work>
  void now(const Work& work) {
    queue.add([&] { work(); });
    queue.finish();
  }

  /** work(begin, end) on equal ranges of [0, count), each a multiple of `grain` long but for the last. */
  template <class Work>
  void share(long count, long grain, double operations, const Work& work) const {
    const int parts = partsFor(operations);
    const long grains = (count + grain - 1) / grain;
    ThreadPool::shared().run(queue.crew(), parts, [&](int part, int) {
      const long begin = grains * part / parts * grain;
      const long end = part + 1 == parts ? count : grains * (part + 1) / parts * grain;
      if (begin < end) work(begin, end);
    });
  }

  /** work(i, begin, end) on equal shares of many arrays as if they were one: range [begin, end) of the i-th. */
  template <class Work>
  void shareAll(const std::vector<long>& sizes, double operationsEach, const Work& work) const {
    long total = 0;
    for (const long size : sizes) total += size;
    share(total, CACHE_LINE, operationsEach * total, [&](long begin, long end) {
      long start = 0;
      for (size_t i = 0; i < sizes.size() && start < end; start += sizes[i++]) {
        const long first = begin > start ? begin - start : 0, last = end - start < sizes[i] ? end - start : sizes[i];
        if (first < last) work(i, first, last);
      }
    });
  }

  /** Floats of a cache line. */
  static constexpr long CACHE_LINE = 16;
};

/** The instruction sets that this processor has, best first. */
std::vector<const KernelTable*> instructionSets();

/** The kernels of bfloat16 beside `kernels`; null if this processor or the compiler has none. */
const KernelTable* bfloat16Beside(const KernelTable* kernels);

}  // namespace unfold
