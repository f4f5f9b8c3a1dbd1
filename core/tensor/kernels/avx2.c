#define TABLE ph_kernels_avx2
#define NAME "avx2"
#include "core/tensor/kernels/rows.h"
