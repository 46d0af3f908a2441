#include "context.h"

namespace unfold {

std::vector<const KernelTable*> instructionSets() {
  std::vector<const KernelTable*> found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  if (avx512) found.push_back(&avx512Kernels);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&avx2Kernels);
#endif
  found.push_back(&plainKernels);
  return found;
}

const KernelTable* bfloat16Beside(const KernelTable* kernels) {
#if defined(UNFOLD_HAS_BFLOAT16)
  if (kernels == &avx512Kernels && __builtin_cpu_supports("avx512bf16")) return &bfloat16Kernels;
#else
  (void)kernels;
#endif
  return nullptr;
}

}  // namespace unfold
