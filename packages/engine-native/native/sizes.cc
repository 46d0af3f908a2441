#include "sizes.h"
#include <algorithm>
#include <string>

namespace unfold {
namespace {

[[noreturn]] void failTooLarge() { throw Invalid("invalid sizes: no array is as large as they say"); }

template <class Factors>
long productOf(const Factors& factors) {
  if (std::find(factors.begin(), factors.end(), 0) != factors.end()) return 0;
  long result = 1;
  for (const long factor : factors) result = product(result, factor);
  return result;
}

}  // namespace

long product(long a, long b) {
  long result;
  if (__builtin_mul_overflow(a, b, &result)) failTooLarge();
  return result;
}

long product(std::initializer_list<long> factors) { return productOf(factors); }
long product(const std::vector<long>& factors) { return productOf(factors); }

long sum(long a, long b) {
  long result;
  if (__builtin_add_overflow(a, b, &result)) failTooLarge();
  return result;
}

void checkWalk(const std::vector<long>& shape, const std::vector<long>& steps, long start, long size,
               const char* what) {
  if (steps.size() != shape.size()) throw Invalid(std::string("invalid ") + what + ": one step a dimension expected");
  long first = start, last = start;
  for (size_t d = 0; d < shape.size(); d++) {
    if (shape[d] < 0) throw Invalid("invalid shape: a dimension is negative");
    if (shape[d] == 0) return;
    long& end = steps[d] < 0 ? first : last;
    end = sum(end, product(shape[d] - 1, steps[d]));
  }
  if (first < 0 || last >= size) {
    throw Invalid(std::string("invalid ") + what + ": it has " + std::to_string(size) + " elements, element " +
                  std::to_string(first < 0 ? first : last) + " is asked for");
  }
}

}  // namespace unfold
