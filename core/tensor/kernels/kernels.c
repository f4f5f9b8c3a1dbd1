#include "core/tensor/kernels/kernels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

static const PhKernels *chosen;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)

/* What __builtin_cpu_supports says covers the system's part (xgetbv) as well. */
static int
highest_level (void)
{
  __builtin_cpu_init ();
  if (!__builtin_cpu_supports ("avx2") || !__builtin_cpu_supports ("fma") ||
      !__builtin_cpu_supports ("f16c"))
    return 0;
  return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512vl") &&
                 __builtin_cpu_supports ("avx512bw") &&
                 __builtin_cpu_supports ("avx512dq")
             ? 2
             : 1;
}

static const PhKernels *const levels[] = { &ph_kernels_base, &ph_kernels_avx2,
                                           &ph_kernels_avx512 };

#else

static int
highest_level (void)
{
  return 0;
}

static const PhKernels *const levels[] = { &ph_kernels_base };

#endif

static void
choose (void)
{
  const char *wish = getenv ("PINHOLE_ISA");
  int level = highest_level ();

  for (int i = 0; wish != NULL && i < level; i++)
    if (strcmp (wish, levels[i]->name) == 0)
      level = i;
  chosen = levels[level];
}

const PhKernels *
ph_kernels (void)
{
  pthread_once (&once, choose);
  return chosen;
}

void
ph_flush_denormals (void)
{
#if defined(__x86_64__)
  _mm_setcsr (_mm_getcsr () | 0x8040); /* FTZ and DAZ */
#endif
}
