// Arithmetic on sizes that JavaScript gives, which throws where they are too large to be those of arrays.
#pragma once
#include <initializer_list>
#include <stdexcept>
#include <vector>

namespace unfold {

/** A shape or size that does not fit. It becomes a RangeError. */
struct Invalid : std::range_error {
  using std::range_error::range_error;
};

/** a b. Throws Invalid if no long holds it. */
long product(long a, long b);

/** The product of all factors: 0 if one of them is. Throws Invalid if no long holds it. */
long product(std::initializer_list<long> factors);
long product(const std::vector<long>& factors);

/** a + b. Throws Invalid if no long holds it. */
long sum(long a, long b);

/** Throws Invalid unless every element that a walk over `shape` visits lies within `size`; `what` names the array. */
void checkWalk(const std::vector<long>& shape, const std::vector<long>& steps, long start, long size, const char* what);

}  // namespace unfold
