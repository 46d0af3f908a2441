#define UNFOLD_ISA avx2
#define UNFOLD_LANES 8
#include "kernel_table.h"

const unfold::KernelTable unfold::avx2Kernels = unfold::avx2::tableFor("AVX2");
