// How a thread waits for another.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace unfold {

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/** Looks whether `done` again and again, for a moment. On a busy machine, others may have the core meanwhile. */
template <class Condition>
bool spin(const Condition& done) {
  constexpr int SPINS_BETWEEN_YIELDS = 64;
  for (int i = 0; i < SPINS_BETWEEN_YIELDS; i++) {
    if (done()) return true;
    relax();
  }
  std::this_thread::yield();
  return done();
}

/** Where threads wait for work: awake at first, because kernels follow one another closely, and then asleep. */
class WaitingRoom {
 public:
  /** Returns when `wanted`, which changes of atomic variables make true. */
  template <class Condition>
  void wait(const Condition& wanted) {
    const auto end = std::chrono::steady_clock::now() + STAY_AWAKE;
    while (!spin(wanted)) {
      if (std::chrono::steady_clock::now() < end) continue;
      std::unique_lock<std::mutex> lock(mutex_);
      sleepers_++;
      wake_.wait(lock, wanted);
      sleepers_--;
      return;
    }
  }

  /** To be called after every change that may be one that is waited for. */
  void wake() {
    if (sleepers_ == 0) return;
    { const std::lock_guard<std::mutex> guard(mutex_); }
    wake_.notify_all();
  }

 private:
  /** Waking a thread takes longer than most pauses between kernels. */
  static constexpr auto STAY_AWAKE = std::chrono::microseconds(500);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<int> sleepers_{0};
};

}  // namespace unfold
