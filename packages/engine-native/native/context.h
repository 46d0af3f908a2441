// What one JavaScript thread's calls share.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>
#include "kernels.h"
#include "memory.h"
#include "thread_pool.h"

namespace unfold {

/** A shape or size that does not fit. It becomes a RangeError. */
struct Invalid : std::range_error {
  using std::range_error::range_error;
};

struct Context {
  const KernelTable* kernels = &plainKernels;
  int threads = 1;

  /** Each part's own memory. */
  std::vector<Memory> scratch;
  std::vector<Memory> gradients;
  /** Transposed kernels, made before the parts begin. */
  Memory transposed;

  void useThreads(int count) {
    threads = count;
    if (static_cast<int>(scratch.size()) < count) scratch.resize(count);
    if (static_cast<int>(gradients.size()) < count) gradients.resize(count);
  }

  /** How many parts to divide `work` operations into: one if it is too little to share. */
  int partsFor(double work) const {
    constexpr double WORTH_SHARING = 20000;
    return work < WORTH_SHARING ? 1 : threads;
  }

  /** work(begin, end) on equal ranges of [0, count), each a multiple of `grain` long but for the last. */
  template <class Work>
  void share(long count, long grain, double operations, const Work& work) const {
    const int parts = partsFor(operations);
    const long grains = (count + grain - 1) / grain;
    ThreadPool::shared().run(parts, [&](int part) {
      const long begin = grains * part / parts * grain;
      const long end = part + 1 == parts ? count : grains * (part + 1) / parts * grain;
      if (begin < end) work(begin, end);
    });
  }
};

/** The instruction sets that this processor has, best first. */
std::vector<const KernelTable*> instructionSets();

}  // namespace unfold
