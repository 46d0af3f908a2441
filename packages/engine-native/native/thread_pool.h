// Threads of the process that stay for the next call. Work is divided beforehand, so what a thread computes, and with it
// every bit of a result, depends on the number of parts alone.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace unfold {

class ThreadPool {
 public:
  static ThreadPool& shared();

  /**
   * work(part) for each of `parts` parts, the first on the calling thread, and returns when all are done. If another
   * caller has the threads, e.g. a worker thread of Node, all parts run on the calling thread, one after the other.
   */
  void run(int parts, const std::function<void(int)>& work);

  /** Ends all threads. Later calls start them again. */
  void stop();

 private:
  void start(int threads);
  void serve(int part, unsigned seen);
  bool waitForWork(unsigned seen);

  std::mutex callers_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<unsigned> generation_{0};
  std::atomic<int> unfinished_{0};
  bool stopping_ = false;
  int parts_ = 0;
  const std::function<void(int)>* work_ = nullptr;
};

}  // namespace unfold
