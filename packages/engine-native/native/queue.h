// Work that is done in turn while the thread that asked for it goes on.
#pragma once
#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include "thread_pool.h"

namespace unfold {

/**
 * One JavaScript thread's kernels, computed in the order in which they were called by a thread of the queue's own: what
 * JavaScript does between two kernels costs no time as long as the queue is ahead. Where JavaScript needs a result, it
 * waits in `finish` and computes parts of the kernels itself. With one worker, work is done when it is added.
 */
class Queue {
 public:
  using Work = std::function<void()>;

  ~Queue() { useWorkers(1); }

  /** To be called first, by the thread that adds. */
  void useWorkers(int count);

  /** Threads that the work may use in `ThreadPool::run`. */
  Crew crew() const { return {this, workers_}; }

  void add(Work work);

  /** Returns when all work is done. Throws what any of it threw since the last call, after which no other was done. */
  void finish();

 private:
  void serve();
  Work next();
  long waiting() const { return added_ - done_.load(std::memory_order_acquire); }
  void helpUntil(long left);

  /** Work that may wait: enough for the pauses of JavaScript's garbage collector, and little memory. */
  static constexpr long MOST_WAITING = 1024;

  int workers_ = 1;
  std::thread thread_;
  std::mutex mutex_;
  std::deque<Work> work_;
  std::atomic<long> added_{0};
  std::atomic<long> done_{0};
  std::atomic<bool> stopping_{false};
  WaitingRoom waitingRoom_;
  /** Written by the queue's thread before it counts that work as done. */
  std::exception_ptr failure_;
};

}  // namespace unfold
