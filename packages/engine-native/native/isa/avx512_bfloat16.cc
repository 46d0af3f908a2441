#define UNFOLD_ISA avx512_bfloat16
#define UNFOLD_LANES 16
#define UNFOLD_BFLOAT16
#include "kernel_table.h"

const unfold::KernelTable unfold::bfloat16Kernels = unfold::avx512_bfloat16::tableFor("AVX-512");
