#include "thread_pool.h"
#include <chrono>

namespace unfold {
namespace {

// Kernels follow one another closely: waking a thread takes longer than most pauses between them.
constexpr auto SPIN_FOR = std::chrono::microseconds(500);
constexpr int SPINS_BETWEEN_YIELDS = 64;

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
  for (int i = 0; i < SPINS_BETWEEN_YIELDS; i++) {
    if (done()) return true;
    relax();
  }
  std::this_thread::yield();
  return done();
}

}  // namespace

// Never destroyed: threads may still be waiting when the process ends.
ThreadPool& ThreadPool::shared() {
  static ThreadPool* pool = new ThreadPool;
  return *pool;
}

void ThreadPool::run(int workers, int parts, const Work& work) {
  const std::unique_lock<std::mutex> lock(callers_, std::try_to_lock);
  if (workers <= 1 || parts <= 1 || !lock.owns_lock()) {
    for (int part = 0; part < parts; part++) work(part, 0);
    return;
  }
  while (static_cast<int>(threads_.size()) < workers - 1) {
    const int worker = static_cast<int>(threads_.size()) + 1;
    threads_.emplace_back([this, worker] { serve(worker); });
  }
  work_ = &work;
  workers_ = workers;
  done_ = 0;
  ticket_ = Ticket{ticket_.load().call + 1, 0, static_cast<uint16_t>(parts)};
  if (sleepers_ > 0) {
    { const std::lock_guard<std::mutex> guard(mutex_); }
    wake_.notify_all();
  }
  while (takePart(0)) continue;
  while (!spin([&] { return done_.load(std::memory_order_acquire) == parts; })) continue;
}

/**
 * Computes the next part. Returns false if none is left. What it reads of a call is that of the ticket's call: a call
 * that has a part left to take is not over, so nothing of it has changed if the ticket has not.
 */
bool ThreadPool::takePart(int worker) {
  Ticket ticket = ticket_.load();
  for (;;) {
    if (!ticket.hasWork()) return false;
    const Work* work = work_;
    if (worker >= workers_) return false;
    const Ticket rest = {ticket.call, static_cast<uint16_t>(ticket.next + 1), ticket.parts};
    if (!ticket_.compare_exchange_weak(ticket, rest)) continue;
    (*work)(ticket.next, worker);
    done_.fetch_add(1, std::memory_order_release);
    return true;
  }
}

void ThreadPool::serve(int worker) {
  while (waitForWork()) {
    while (takePart(worker)) continue;
    // A worker that is one too many for this call must not keep the core busy.
    if (worker >= workers_) std::this_thread::yield();
  }
}

/** Returns false when the thread is to end. */
bool ThreadPool::waitForWork() {
  const auto wanted = [this] { return isWanted(); };
  const auto end = std::chrono::steady_clock::now() + SPIN_FOR;
  while (!spin(wanted)) {
    if (std::chrono::steady_clock::now() < end) continue;
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_++;
    wake_.wait(lock, wanted);
    sleepers_--;
    break;
  }
  return !stopping_;
}

void ThreadPool::stop() {
  const std::lock_guard<std::mutex> callers(callers_);
  stopping_ = true;
  { const std::lock_guard<std::mutex> guard(mutex_); }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  stopping_ = false;
}

}  // namespace unfold
