#define TABLE ph_kernels_avx512
#define NAME "avx512"
#include "core/tensor/kernels/rows.h"
