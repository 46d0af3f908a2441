// Memory that grows to what is asked of it and is kept, aligned to cache lines.
#pragma once
#include <cstddef>
#include <new>

namespace unfold {

class Memory {
 public:
  Memory() = default;
  Memory(Memory&& other) noexcept : data_(other.data_), count_(other.count_) {
    other.data_ = nullptr;
    other.count_ = 0;
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { release(); }

  /** At least `count` floats, of any value. They stay until the next call. */
  float* atLeast(long count) {
    if (count > count_) {
      release();
      data_ = static_cast<float*>(::operator new(sizeof(float) * count, ALIGNMENT));
      count_ = count;
    }
    return data_;
  }

 private:
  static constexpr std::align_val_t ALIGNMENT{64};

  void release() {
    if (data_) ::operator delete(data_, ALIGNMENT);
    data_ = nullptr;
    count_ = 0;
  }

  float* data_ = nullptr;
  long count_ = 0;
};

}  // namespace unfold
