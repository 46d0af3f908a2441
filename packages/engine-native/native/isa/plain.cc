// The instruction set that every processor of the architecture has: SSE2 on x86-64, NEON on ARM64.
#define UNFOLD_ISA plain
#define UNFOLD_LANES 4
#include "kernel_table.h"

#if defined(__aarch64__)
const unfold::KernelTable unfold::plainKernels = unfold::plain::tableFor("NEON");
#else
const unfold::KernelTable unfold::plainKernels = unfold::plain::tableFor("baseline");
#endif
