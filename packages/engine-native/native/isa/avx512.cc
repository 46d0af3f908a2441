#define UNFOLD_ISA avx512
#define UNFOLD_LANES 16
#include "kernel_table.h"

const unfold::KernelTable unfold::avx512Kernels = unfold::avx512::tableFor("AVX-512");
