// Threads of the process that stay for the next call.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>
#include "waiting.h"

namespace unfold {

/**
 * Who computes one call: worker 0 is the caller's thread, worker `count - 1` is the thread of `owner` while that is in
 * `help`, and those between are threads of the pool.
 */
struct Crew {
  const void* owner;
  int count;
};

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
   * work(part, worker) for each part; returns when all are done. If another caller has the threads, e.g. a worker
   * thread of Node, the caller computes all parts.
   */
  void run(const Crew& crew, int parts, const Work& work);

  /** Computes a part of the owner's call, if one has a part left. */
  bool help(const Crew& crew) { return takePart(crew.count - 1, crew.owner); }

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
  bool takePart(int worker, const void* helpOnly = nullptr);

  std::mutex callers_;
  std::vector<std::thread> threads_;
  std::atomic<Ticket> ticket_{Ticket{0, 0, 0}};
  std::atomic<const Work*> work_{nullptr};
  std::atomic<const void*> owner_{nullptr};
  /** The caller's thread and those of the pool that compute. */
  std::atomic<int> workers_{0};
  std::atomic<int> done_{0};
  std::atomic<bool> stopping_{false};
  WaitingRoom waiting_;
};

}  // namespace unfold
