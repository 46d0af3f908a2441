#include "thread_pool.h"
#include <chrono>

namespace unfold {
namespace {

// Kernels follow one another closely: waking a thread takes longer than most pauses between them.
constexpr auto SPIN_FOR = std::chrono::microseconds(500);
constexpr int SPINS_BETWEEN_LOOKS_AT_THE_CLOCK = 64;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/** Spins until `done`, for a while. Returns whether it is. */
template <class Condition>
bool spinUntil(const Condition& done) {
  const auto end = std::chrono::steady_clock::now() + SPIN_FOR;
  do {
    for (int i = 0; i < SPINS_BETWEEN_LOOKS_AT_THE_CLOCK; i++) {
      if (done()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace

// Never destroyed: threads may still be waiting when the process ends.
ThreadPool& ThreadPool::shared() {
  static ThreadPool* pool = new ThreadPool;
  return *pool;
}

void ThreadPool::run(int parts, const std::function<void(int)>& work) {
  const std::unique_lock<std::mutex> lock(callers_, std::try_to_lock);
  if (parts <= 1 || !lock.owns_lock()) {
    for (int part = 0; part < parts; part++) work(part);
    return;
  }
  if (static_cast<int>(threads_.size()) < parts - 1) start(parts - 1);
  work_ = &work;
  parts_ = parts;
  unfinished_.store(static_cast<int>(threads_.size()));
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    generation_.fetch_add(1);
  }
  wake_.notify_all();
  work(0);
  const auto finished = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
  while (!spinUntil(finished)) std::this_thread::yield();
}

void ThreadPool::start(int threads) {
  const unsigned seen = generation_.load();
  while (static_cast<int>(threads_.size()) < threads) {
    const int part = static_cast<int>(threads_.size()) + 1;
    threads_.emplace_back([this, part, seen] { serve(part, seen); });
  }
}

void ThreadPool::serve(int part, unsigned seen) {
  while (waitForWork(seen)) {
    seen++;
    if (part < parts_) (*work_)(part);
    unfinished_.fetch_sub(1, std::memory_order_acq_rel);
  }
}

/** Returns false when the thread is to end. */
bool ThreadPool::waitForWork(unsigned seen) {
  const auto called = [&] { return generation_.load(std::memory_order_acquire) != seen; };
  if (!spinUntil(called)) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, called);
  }
  return !stopping_;
}

void ThreadPool::stop() {
  const std::lock_guard<std::mutex> callers(callers_);
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    stopping_ = true;
    generation_.fetch_add(1);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  stopping_ = false;
}

}  // namespace unfold
