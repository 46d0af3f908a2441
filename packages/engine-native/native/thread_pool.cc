#include "thread_pool.h"

namespace unfold {

// Never destroyed: threads may still be waiting when the process ends.
ThreadPool& ThreadPool::shared() {
  static ThreadPool* pool = new ThreadPool;
  return *pool;
}

void ThreadPool::run(const Crew& crew, int parts, const Work& work) {
  const std::unique_lock<std::mutex> lock(callers_, std::try_to_lock);
  if (crew.count <= 1 || parts <= 1 || !lock.owns_lock()) {
    for (int part = 0; part < parts; part++) work(part, 0);
    return;
  }
  while (static_cast<int>(threads_.size()) < crew.count - 2) {
    const int worker = static_cast<int>(threads_.size()) + 1;
    threads_.emplace_back([this, worker] { serve(worker); });
  }
  work_ = &work;
  owner_ = crew.owner;
  workers_ = crew.count - 1;
  done_ = 0;
  ticket_ = Ticket{ticket_.load().call + 1, 0, static_cast<uint16_t>(parts)};
  waiting_.wake();
  while (takePart(0)) continue;
  while (!spin([&] { return done_.load(std::memory_order_acquire) == parts; })) continue;
}

/**
 * Computes the next part, of any call or only of that owner's. Returns false if none is left. What it reads of a call
 * is that of the ticket's call: a call that has a part left to take is not over, so nothing of it has changed if the
 * ticket has not.
 */
bool ThreadPool::takePart(int worker, const void* helpOnly) {
  Ticket ticket = ticket_.load();
  for (;;) {
    if (!ticket.hasWork()) return false;
    const Work* work = work_;
    if (helpOnly ? helpOnly != owner_ : worker >= workers_) return false;
    const Ticket rest = {ticket.call, static_cast<uint16_t>(ticket.next + 1), ticket.parts};
    if (!ticket_.compare_exchange_weak(ticket, rest)) continue;
    (*work)(ticket.next, worker);
    done_.fetch_add(1, std::memory_order_release);
    return true;
  }
}

void ThreadPool::serve(int worker) {
  for (;;) {
    waiting_.wait([this] { return stopping_ || ticket_.load().hasWork(); });
    if (stopping_) return;
    while (takePart(worker)) continue;
    // A worker that is one too many for this call must not keep the core busy.
    if (worker >= workers_) std::this_thread::yield();
  }
}

void ThreadPool::stop() {
  const std::lock_guard<std::mutex> callers(callers_);
  stopping_ = true;
  waiting_.wake();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  stopping_ = false;
}

}  // namespace unfold
