// Threads of the process that stay for the next call.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace unfold {

/**
 * Work comes in numbered parts, which the threads take in turn, so that one that the system holds up delays no other.
 * What a part computes must not depend on the thread that computes it: then every bit of a result depends on the number
 * of parts alone.
 */
class ThreadPool {
 public:
  using Work = std::function<void(int part, int worker)>;

  static ThreadPool& shared();

  /**
   * work(part, worker) for each part, on at most `workers` threads, of which the caller's is worker 0, and returns when
   * all are done. If another caller has the threads, e.g. a worker thread of Node, the caller computes all parts.
   */
  void run(int workers, int parts, const Work& work);

  /** Ends all threads. Later calls start them again. */
  void stop();

 private:
  /**
   * The next part to take, of how many, of which call: in one number, so that all three change at once. Aligned, for
   * Clang calls a library otherwise.
   */
  struct alignas(8) Ticket {
    uint32_t call;
    uint16_t next, parts;
    bool hasWork() const { return next < parts; }
  };

  void serve(int worker);
  bool takePart(int worker);
  bool waitForWork();
  bool isWanted() const { return stopping_ || ticket_.load().hasWork(); }

  std::mutex callers_;
  std::vector<std::thread> threads_;
  std::atomic<Ticket> ticket_{Ticket{0, 0, 0}};
  std::atomic<const Work*> work_{nullptr};
  std::atomic<int> workers_{0};
  std::atomic<int> done_{0};
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<int> sleepers_{0};
};

}  // namespace unfold
