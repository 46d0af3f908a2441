#include "queue.h"
#include <utility>

namespace unfold {

void Queue::useWorkers(int count) {
  helpUntil(0);
  workers_ = count;
  if (count > 1 && !thread_.joinable()) thread_ = std::thread([this] { serve(); });
  if (count > 1 || !thread_.joinable()) return;
  stopping_ = true;
  waitingRoom_.wake();
  thread_.join();
  stopping_ = false;
}

void Queue::add(Work work) {
  if (workers_ == 1) return work();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_.push_back(std::move(work));
  }
  added_++;
  waitingRoom_.wake();
  helpUntil(MOST_WAITING);
}

void Queue::finish() {
  helpUntil(0);
  if (!failure_) return;
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  std::rethrow_exception(failure);
}

void Queue::helpUntil(long left) {
  const auto isShort = [&] { return waiting() <= left; };
  while (!isShort()) {
    if (!ThreadPool::shared().help(crew())) spin(isShort);
  }
}

void Queue::serve() {
  for (;;) {
    waitingRoom_.wait([this] { return stopping_ || waiting() > 0; });
    if (stopping_) return;
    try {
      const Work work = next();
      if (!failure_) work();
    } catch (...) {
      failure_ = std::current_exception();
    }
    done_.fetch_add(1, std::memory_order_release);
  }
}

Queue::Work Queue::next() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Work work = std::move(work_.front());
  work_.pop_front();
  return work;
}

}  // namespace unfold
